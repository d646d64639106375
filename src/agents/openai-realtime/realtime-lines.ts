import type { ServerEvent } from './realtime-events.js';
import { RealtimeLine, type LineFailure, type RealtimePlace } from './realtime-line.js';

/** How long the first session may take to be there. */
const BEGIN_MAX_MS = 10_000;
/** How long the caller may be without a session, from the loss of one to the next. */
const LOST_MAX_MS = 30_000;
/** A session that is lost sooner than this after it was set up does not count as one. */
const STEADY_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const PAUSE_MAX_MS = 2_000;

export interface LinesListener {
  onEvent(event: ServerEvent): void;
  /** A session that was set up is lost, and another is being begun. */
  onLost(reason: string): void;
  /** There will be no other, and no further event. */
  onGivenUp(reason: Error): void;
}

/** The session with the Realtime API, and a new one in its place whenever it is lost. */
export class RealtimeLines {
  private line: RealtimeLine | null = null;
  private retry: NodeJS.Timeout | null = null;
  private lostAt = performance.now();
  private readyAt: number | null = null;
  private patienceMs = BEGIN_MAX_MS;
  private pauseMs = FIRST_PAUSE_MS;
  private over = false;

  /** @param hello the first message of each session, which sets it up */
  constructor(
    private readonly place: RealtimePlace,
    private readonly hello: object,
    private readonly listener: LinesListener,
  ) {}

  open(): void {
    this.lostAt = performance.now();
    this.connect();
  }

  send(message: object | string): void {
    this.line?.send(message);
  }

  /** The session does not do what it should: another takes its place. */
  renew(reason: string): void {
    this.line?.close();
    this.lost({ reason: new Error(`the Realtime API ${reason}`), isFinal: false });
  }

  close(): void {
    this.over = true;
    if (this.retry) clearTimeout(this.retry);
    this.line?.close();
    this.line = null;
  }

  private connect(): void {
    const leftMs = this.lostAt + this.patienceMs - performance.now();
    const line: RealtimeLine = new RealtimeLine(this.place, {
      onEvent: (event) => {
        if (this.line !== line) return;
        if (event.kind === 'ready' && this.readyAt === null) {
          this.readyAt = performance.now();
          this.patienceMs = LOST_MAX_MS;
        }
        this.listener.onEvent(event);
      },
      onFailure: (failure) => {
        if (this.line === line) this.lost(failure);
      },
    });
    this.line = line;
    line.open(this.hello, Math.min(BEGIN_MAX_MS, leftMs));
  }

  private lost({ reason, isFinal }: LineFailure): void {
    this.line = null;
    if (this.over) return;
    const now = performance.now();
    const { readyAt } = this;
    this.readyAt = null;
    if (readyAt !== null && now - readyAt >= STEADY_MS) {
      this.lostAt = now;
      this.pauseMs = FIRST_PAUSE_MS;
    }
    if (isFinal || now + this.pauseMs >= this.lostAt + this.patienceMs) {
      this.over = true;
      this.listener.onGivenUp(reason);
      return;
    }
    if (readyAt !== null) this.listener.onLost(reason.message);
    this.retry = setTimeout(() => this.connect(), this.pauseMs);
    this.pauseMs = Math.min(2 * this.pauseMs, PAUSE_MAX_MS);
  }
}
