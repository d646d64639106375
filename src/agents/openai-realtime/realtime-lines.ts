import type { ServerEvent } from './realtime-events.js';
import { RealtimeLine, type LineFailure, type RealtimePlace } from './realtime-line.js';
import { RealtimeRenewal } from './realtime-renewal.js';

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
  /** Whether neither side speaks, and nothing is under way: a session that ends soon is renewed then. */
  isPause(): boolean;
  /**
   * Another session has taken the place of one that would have ended soon. It was set up, and told nothing.
   * @param recent what of the caller's audio it is to hear first
   */
  onRenewed(recent: Buffer): void;
  /** A session that was set up is lost, and another is being begun. */
  onLost(reason: string): void;
  /** There will be no other, and no further event. */
  onGivenUp(reason: Error): void;
}

/** The session with the Realtime API, and a new one in its place whenever it is lost. */
export class RealtimeLines {
  private line: RealtimeLine | null = null;
  private readonly renewal: RealtimeRenewal<RealtimeLine>;
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
  ) {
    this.renewal = new RealtimeRenewal({
      isPause: () => listener.isPause(),
      open: () => this.begin(BEGIN_MAX_MS),
      take: (line, recent) => this.renewed(line, recent),
    });
  }

  open(): void {
    this.lostAt = performance.now();
    this.connect();
  }

  send(message: object | string): void {
    this.line?.send(message);
  }

  /** The caller's, 20 ms as a rule. */
  append(audio: Buffer): void {
    this.renewal.heard(audio);
    // The JSON is written by hand, because this happens fifty times a second.
    this.send(`{"type":"input_audio_buffer.append","audio":"${audio.toString('base64')}"}`);
  }

  /** The session does not do what it should: another takes its place. */
  renew(reason: string): void {
    this.line?.close();
    this.lost({ reason: new Error(`the Realtime API ${reason}`), isFinal: false });
  }

  close(): void {
    this.over = true;
    this.renewal.stop();
    if (this.retry) clearTimeout(this.retry);
    this.line?.close();
    this.line = null;
  }

  private connect(): void {
    const leftMs = this.lostAt + this.patienceMs - performance.now();
    this.line = this.begin(Math.min(BEGIN_MAX_MS, leftMs));
  }

  private begin(withinMs: number): RealtimeLine {
    const line: RealtimeLine = new RealtimeLine(this.place, {
      onEvent: (event) => {
        if (this.line === line) this.hear(event);
        else if (event.kind === 'ready') this.renewal.ready(line, lastingOf(event.expiresAt));
      },
      onFailure: (failure) => {
        if (this.line === line) this.lost(failure);
        else this.renewal.failed(line);
      },
    });
    line.open(this.hello, withinMs);
    return line;
  }

  private hear(event: ServerEvent): void {
    if (event.kind === 'ready' && this.readyAt === null) {
      this.readyAt = performance.now();
      this.patienceMs = LOST_MAX_MS;
      this.renewal.begun(lastingOf(event.expiresAt));
    }
    this.listener.onEvent(event);
  }

  private renewed(line: RealtimeLine, recent: Buffer): void {
    const before = this.line;
    this.line = line;
    this.readyAt = performance.now();
    this.listener.onRenewed(recent);
    before?.close();
  }

  private lost({ reason, isFinal }: LineFailure): void {
    this.line = null;
    this.renewal.stop();
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

/** @param expiresAt in seconds since 1970 */
function lastingOf(expiresAt: number | null): number | null {
  return expiresAt === null ? null : expiresAt * 1_000 - Date.now();
}
