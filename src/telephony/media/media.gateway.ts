import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BeforeApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { WebSocketGateway, type OnGatewayConnection } from '@nestjs/websockets';
import type { WebSocket } from 'ws';
import { AgentRegistry } from '../../agents/agent-registry.js';
import { LiveSessions } from '../../calls/live-sessions.js';
import { Refusals } from '../../calls/refusals.js';
import { HttpSettings } from '../../config/settings.js';
import { Draining } from '../../shared/draining.js';
import { Log } from '../../shared/logger.js';
import { STREAM_PATH } from '../../urls/call-urls.js';
import { admissionOf } from './media-socket.adapter.js';
import { MediaSession, type SessionServices } from './media-session.js';
import { StreamLedger } from './stream-ledger.js';
import { WaitingSockets } from './waiting-sockets.js';

/** How often deadlines of all sessions are looked at, in milliseconds. */
const CHECK_EVERY_MS = 500;
const DRAIN_POLL_MS = 100;

/** Owns the sockets of media streams, from the 101 to the last byte. */
@WebSocketGateway({ path: STREAM_PATH })
export class MediaGateway implements OnGatewayConnection, OnModuleInit, BeforeApplicationShutdown {
  private readonly open = new Set<MediaSession>();
  private timer: NodeJS.Timeout | null = null;

  private readonly services: SessionServices;

  constructor(
    ledger: StreamLedger,
    agents: AgentRegistry,
    refusals: Refusals,
    log: Log,
    private readonly sessions: LiveSessions,
    private readonly waiting: WaitingSockets,
    private readonly draining: Draining,
    private readonly settings: HttpSettings,
  ) {
    this.services = { ledger, agents, sessions, refusals, log };
  }

  onModuleInit(): void {
    this.timer = setInterval(() => {
      const now = performance.now();
      for (const session of this.open) session.check(now);
    }, CHECK_EVERY_MS);
  }

  handleConnection(socket: WebSocket, request: IncomingMessage): void {
    const admission = admissionOf(request);
    const leave = this.waiting.enter(admission.ids.runId);
    const session = new MediaSession(socket, admission, this.services, leave);
    this.open.add(session);
    socket.on('message', (data: Buffer, isBinary: boolean) => session.receive(data, isBinary));
    socket.on('close', () => {
      session.closed();
      void session.settled().finally(() => this.open.delete(session));
    });
    // A broken peer is told by `close`, which follows.
    socket.on('error', () => undefined);
  }

  /** Calls in progress may finish; those that outlast the drain are told to ask for a new stream. */
  async beforeApplicationShutdown(): Promise<void> {
    this.draining.start();
    const giveUpAt = Date.now() + this.settings.drainTimeoutSeconds * 1000;
    while (this.sessions.size > 0 && Date.now() < giveUpAt) await sleep(DRAIN_POLL_MS);
    for (const session of this.open) session.end('going-away');
    await Promise.all([...this.open].map((session) => session.settled()));
    if (this.timer) clearInterval(this.timer);
  }
}
