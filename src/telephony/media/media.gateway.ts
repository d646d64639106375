import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { AgentRegistry } from '../../agents/agent-registry.js';
import { CallFeed } from '../../calls/ledger/call-feed.js';
import { CallMetrics } from '../../calls/call-metrics.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import { LiveSessions } from '../../calls/streams/live-sessions.js';
import { Recordings } from '../../calls/recordings/recordings.js';
import { Refusals } from '../../calls/refusals.js';
import { HttpSettings } from '../../config/settings.js';
import { Draining } from '../../shared/draining.js';
import { Log } from '../../shared/logger.js';
import { STREAM_PATH } from '../../urls/call-urls.js';
import { CloseCode } from './close-codes.js';
import { MEDIA_LIMITS } from './limits.js';
import { attachSession } from './attach-session.js';
import { admissionOf } from './media-socket.adapter.js';
import { letCallsEnd } from './let-calls-end.js';
import type { MediaSession } from './media-session.js';
import type { SessionServices } from './session-services.js';
import { StreamLedger } from './stream-ledger.js';
import { TimerWheel } from './timer-wheel.js';

/** How often deadlines of all sessions are looked at, in milliseconds. */
const CHECK_EVERY_MS = 500;
const CLOSE_POLL_MS = 10;

/** Owns the sockets of media streams, from the 101 to the last byte. */
@WebSocketGateway({ path: STREAM_PATH })
export class MediaGateway implements OnGatewayConnection, OnModuleInit, BeforeApplicationShutdown {
  private readonly open = new Set<MediaSession>();
  private timer: NodeJS.Timeout | null = null;
  private unsubscribe: () => void = () => undefined;
  private stopping = false;

  private readonly services: SessionServices;

  constructor(
    ledger: StreamLedger,
    agents: AgentRegistry,
    refusals: Refusals,
    recordings: Recordings,
    metrics: CallMetrics,
    log: Log,
    private readonly sessions: LiveSessions,
    private readonly feed: CallFeed,
    private readonly draining: Draining,
    private readonly settings: HttpSettings,
  ) {
    this.services = {
      ledger,
      agents,
      sessions,
      refusals,
      recordings,
      wheel: new TimerWheel(undefined, metrics.tickLateness),
      metrics,
      log,
    };
  }

  onModuleInit(): void {
    this.timer = setInterval(() => {
      const now = performance.now();
      for (const session of this.open) session.check(now);
    }, CHECK_EVERY_MS);
    this.unsubscribe = this.feed.subscribe((run) => {
      if (!isTerminal(run.status) || !this.sessions.find(run.runId)) return;
      for (const session of this.open) if (session.runId === run.runId) session.callIsOver();
    });
  }

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    const { admission, wire } = admissionOf(request);
    if (this.stopping) {
      // Too late to begin: the store is about to be closed.
      socket.on('error', () => undefined);
      socket.close(CloseCode.Moved);
      return;
    }
    this.open.add(
      attachSession(socket, wire, admission, this.services, (session) => this.open.delete(session)),
    );
  }

  /** Calls in progress may finish; those that outlast the drain are told to ask for a new stream. */
  async beforeApplicationShutdown(): Promise<void> {
    this.draining.start();
    await letCallsEnd(
      () => this.sessions.size,
      this.settings.drainTimeoutSeconds * 1000,
      (step) => this.draining.tell(step),
    );
    this.stopping = true;
    for (const session of this.open) session.end('going-away');
    await Promise.all([...this.open].map((session) => session.settled()));
    // So that the peers read why, before Nest cuts what is still open.
    const cutAt = performance.now() + MEDIA_LIMITS.closeHandshakeMs;
    while (this.open.size > 0 && performance.now() < cutAt) await sleep(CLOSE_POLL_MS);
    if (this.timer) clearInterval(this.timer);
    this.unsubscribe();
  }
}
