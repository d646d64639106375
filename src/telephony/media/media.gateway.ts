import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { AgentRegistry } from '../../agents/agent-registry.js';
import { Sounds } from '../../agents/sounds.js';
import { CallFeed } from '../../calls/ledger/call-feed.js';
import { CallMetrics } from '../../calls/call-metrics.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import { LiveSessions } from '../../calls/streams/live-sessions.js';
import { Recordings } from '../../calls/recordings/recordings.js';
import { Transcripts } from '../../calls/transcripts/transcripts.js';
import { Refusals } from '../../calls/refusals.js';
import { Cluster } from '../../cluster/cluster.js';
import { HttpSettings } from '../../config/settings.js';
import { TransferCall } from '../../control/transfer-call.js';
import { Draining } from '../../shared/draining.js';
import { Log } from '../../shared/logger.js';
import { within } from '../../shared/within.js';
import { Workflows } from '../../tenants/workflows.js';
import { STREAM_PATH } from '../../urls/call-urls.js';
import { CloseCode } from './close-codes.js';
import { MEDIA_LIMITS } from './limits.js';
import { attachSession } from './attach-session.js';
import { admissionOf } from './media-socket.adapter.js';
import { letCallsEnd } from './let-calls-end.js';
import type { MediaSession } from './media-session.js';
import type { SessionServices } from './session-services.js';
import { MoveCalls } from './move-calls.js';
import { StreamLedger } from './stream-ledger.js';
import { TimerWheel } from './timer-wheel.js';
import { VoiceThread } from './voice/voice-thread.js';

const CLOSE_POLL_MS = 10;
/** How long calls may end by themselves where nothing is set, in seconds. */
const DRAIN_BESIDE_S = 30;
const DRAIN_ALONE_S = 300;
/** How long a stop waits for a store that is away. */
const SETTLED_WITHIN_MS = 20_000;

/** Owns the sockets of media streams, from the 101 to the last byte. */
@WebSocketGateway({ path: STREAM_PATH })
export class MediaGateway implements OnGatewayConnection, OnModuleInit, BeforeApplicationShutdown {
  private readonly open = new Set<MediaSession>();
  private unsubscribe: () => void = () => undefined;

  private readonly services: SessionServices;

  constructor(
    ledger: StreamLedger,
    agents: AgentRegistry,
    sounds: Sounds,
    refusals: Refusals,
    recordings: Recordings,
    transcripts: Transcripts,
    transfers: TransferCall,
    workflows: Workflows,
    metrics: CallMetrics,
    log: Log,
    voiceModel: VoiceThread,
    private readonly sessions: LiveSessions,
    private readonly feed: CallFeed,
    private readonly draining: Draining,
    private readonly cluster: Cluster,
    private readonly moves: MoveCalls,
    private readonly settings: HttpSettings,
  ) {
    this.services = {
      ledger,
      agents,
      sounds,
      sessions,
      refusals,
      recordings,
      transcripts,
      transfers,
      workflows,
      wheel: new TimerWheel(undefined, metrics.tickLateness),
      voiceModel,
      metrics,
      log,
    };
  }

  onModuleInit(): void {
    this.unsubscribe = this.feed.subscribe((run) => {
      if (!isTerminal(run.status) || !this.sessions.find(run.runId)) return;
      for (const session of this.open) if (session.runId === run.runId) session.callIsOver();
    });
  }

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    const { admission, wire } = admissionOf(request);
    if (this.draining.isClosing) {
      // It was let in a moment before that.
      socket.on('error', () => undefined);
      socket.close(CloseCode.Moved);
      return;
    }
    this.open.add(
      attachSession(socket, wire, admission, this.services, (session) => this.open.delete(session)),
    );
  }

  /**
   * Calls in progress may finish; those that outlast the drain are handed over, one by one where
   * another instance is ready, else all at once to whoever comes.
   */
  async beforeApplicationShutdown(): Promise<void> {
    this.draining.start();
    const calls = (): number => this.sessions.size;
    const hasCalls = calls() > 0;
    await letCallsEnd(
      calls,
      () => this.drainMs(),
      (step) => this.draining.tell(step),
    );
    const moved = calls() > 0 && this.cluster.hasReadyOther ? await this.move() : 0;
    this.draining.close();
    if (hasCalls) {
      this.draining.tell({ step: 'finished', calls: calls(), secondsLeft: 0, moved });
    }
    for (const session of this.open) session.end('going-away');
    const settled = Promise.all([...this.open].map((session) => session.settled()));
    await within(SETTLED_WITHIN_MS, settled);
    // So that the peers read why, before Nest cuts what is still open.
    const cutAt = performance.now() + MEDIA_LIMITS.closeHandshakeMs;
    while (this.open.size > 0 && performance.now() < cutAt) await sleep(CLOSE_POLL_MS);
    this.unsubscribe();
  }

  private drainMs(): number {
    const { drainTimeoutSeconds } = this.settings;
    const seconds =
      drainTimeoutSeconds ?? (this.cluster.hasReadyOther ? DRAIN_BESIDE_S : DRAIN_ALONE_S);
    return seconds * 1000;
  }

  private move(): Promise<number> {
    this.draining.move();
    return this.moves.moveAll(
      () => [...this.open].filter((session) => this.sessions.find(session.runId) === session),
      (moved, calls) => this.draining.tell({ step: 'moving', calls, secondsLeft: 0, moved }),
    );
  }
}
