import type { AgentRegistry } from '../../agents/agent-registry.js';
import type { Sounds } from '../../agents/sounds.js';
import type { VoiceModel } from '../../audio/ear/voice-model.js';
import type { CallMetrics } from '../../calls/call-metrics.js';
import type { Refusals } from '../../calls/refusals.js';
import type { LiveSessions } from '../../calls/streams/live-sessions.js';
import type { Recordings } from '../../calls/recordings/recordings.js';
import type { Transcripts } from '../../calls/transcripts/transcripts.js';
import type { TransferCall } from '../../control/transfer-call.js';
import type { Log } from '../../shared/logger.js';
import type { Workflows } from '../../tenants/workflows.js';
import type { StreamLedger } from './stream-ledger.js';
import type { TimerWheel } from './timer-wheel.js';

/** What a session needs of the rest of the house. */
export interface SessionServices {
  ledger: StreamLedger;
  agents: AgentRegistry;
  sounds: Pick<Sounds, 'load'>;
  sessions: LiveSessions;
  refusals: Refusals;
  recordings: Recordings;
  transcripts: Pick<Transcripts, 'add'>;
  transfers: TransferCall;
  workflows: Pick<Workflows, 'findOwned'>;
  wheel: TimerWheel;
  voiceModel: VoiceModel;
  metrics: CallMetrics;
  log: Log;
}
