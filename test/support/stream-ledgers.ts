import { randomBytes } from 'node:crypto';
import type { CallLedger } from '../../src/calls/ledger/call-ledger.js';
import { Handovers } from '../../src/calls/streams/handovers.js';
import { LiveSessions } from '../../src/calls/streams/live-sessions.js';
import { StreamOwners } from '../../src/calls/streams/stream-owners.js';
import { StreamTokens } from '../../src/calls/streams/stream-tokens.js';
import type { Cluster } from '../../src/cluster/cluster.js';
import type { Commands } from '../../src/cluster/commands.js';
import { Instance } from '../../src/cluster/instance.js';
import { StreamSettings } from '../../src/config/settings.js';
import type { CallControl } from '../../src/control/call-control.js';
import type { Database } from '../../src/database/database.js';
import type { Clock } from '../../src/shared/clock.js';
import { AesSealer } from '../../src/shared/sealing/aes-sealer.js';
import { NoTracer } from '../../src/shared/tracing/tracer.js';
import { StreamLedger } from '../../src/telephony/media/stream-ledger.js';
import { PushStream } from '../../src/telephony/media/push-stream.js';
import type { AnnouncedSounds } from '../../src/telephony/webhooks/announced-sounds.js';
import { AnswerLoops } from '../../src/telephony/webhooks/answer-loops.js';
import { Perform } from '../../src/telephony/webhooks/perform.js';
import { StreamOffers } from '../../src/telephony/webhooks/stream-offers.js';
import { TransferOffers } from '../../src/telephony/webhooks/transfer-offers.js';
import type { Refusals } from '../../src/calls/refusals.js';
import type { ControlBench } from './control-bench.js';
import { FakeCluster, FakeCommands } from './fake-cluster.js';
import { SilentLog } from './ledger-builders.js';

/** The same for all instances of a run of the tests. */
export const SEALER = new AesSealer({ current: randomBytes(32), previous: null });

export interface StreamLedgerParts {
  ledger: CallLedger;
  database: Database;
  clock: Clock;
  control: CallControl;
  settings?: StreamSettings;
  instance?: Instance;
  cluster?: Cluster;
  commands?: Commands;
}

/** What one instance writes about its streams; by default one of which the others know nothing. */
export function streamLedger(parts: StreamLedgerParts): StreamLedger {
  const { ledger, database, clock, control } = parts;
  const instance = parts.instance ?? new Instance();
  return new StreamLedger(
    ledger,
    new StreamTokens(database, clock),
    new Handovers(database, SEALER, clock),
    new StreamOwners(
      new LiveSessions(),
      parts.cluster ?? new FakeCluster(),
      parts.commands ?? new FakeCommands(),
      instance,
    ),
    control,
    parts.settings ?? new StreamSettings(),
    new NoTracer(),
    instance,
    new SilentLog(),
  );
}

/** For those whose calls are announced without sounds of ours. */
export const noSounds: Pick<AnnouncedSounds, 'addTo'> = {
  addTo: (instruction) => Promise.resolve(instruction),
};

/** What gives calls another stream, at the carrier of a bench. */
export function pushStream({
  ledger,
  providers,
  sessions,
  control,
  feeds,
  log,
}: ControlBench): PushStream {
  const refusals = { note: () => undefined } as unknown as Refusals;
  const offers = new StreamOffers(new StreamSettings(), new AnswerLoops(), providers, refusals);
  const perform = new Perform(ledger, sessions, control, noSounds, log);
  const transfers = new TransferOffers(providers);
  return new PushStream(ledger, providers, offers, transfers, feeds, perform, control, log);
}
