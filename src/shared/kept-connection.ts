import { setTimeout as sleep } from 'node:timers/promises';
import { LATE, within } from './within.js';

/** How often a connection is asked whether it still answers, and how long that may take. */
const LOOK_EVERY_MS = 15_000;
const ANSWERS_WITHIN_MS = 5_000;
/** Pauses before further attempts to connect: doubled after each that fails. */
const PAUSE_MIN_MS = 250;
const PAUSE_MAX_MS = 5_000;

export interface OpenConnection {
  /** Settles when the connection is over, for whatever reason. */
  readonly over: Promise<unknown>;
  /** Rejects where the other side does not answer. Asked each 15 s, and given 5 s. */
  ask(): Promise<unknown>;
  /** Ends it at once, so that `over` settles. May be called again. */
  destroy(): void;
}

export interface ConnectionEvents {
  /** It is there, for the first time or again: what was sent meanwhile was lost. */
  connected: () => void;
  /** It was lost, or could not be made at first. Told once, and again after `back` only. */
  lost: (error: unknown) => void;
  /** Told before `connected` where `lost` was told before. */
  back: () => void;
}

/** One connection that is made again whenever it is lost, for as long as this is open. */
export class KeptConnection<C extends OpenConnection> {
  private connection: C | null = null;
  private readonly closing = new AbortController();
  private work: Promise<void> = Promise.resolve();

  /** @param connect settles soon when the signal aborts, and leaves nothing open when it rejects */
  constructor(
    private readonly connect: (closing: AbortSignal) => Promise<C>,
    private readonly events: ConnectionEvents,
  ) {}

  /** The connection; null while there is none, as far as is known. */
  get current(): C | null {
    return this.connection;
  }

  /** Connects in the background. */
  open(): void {
    this.work = this.keepConnected();
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.connection?.destroy();
    await this.work;
  }

  private async keepConnected(): Promise<void> {
    const { signal } = this.closing;
    let pauseMs = PAUSE_MIN_MS;
    let wasLost = false;
    while (!signal.aborted) {
      try {
        const connection = await this.connect(signal);
        this.connection = connection;
        if (signal.aborted) break;
        if (wasLost) this.events.back();
        wasLost = false;
        pauseMs = PAUSE_MIN_MS;
        this.events.connected();
        await this.watch(connection);
      } catch (error) {
        if (!wasLost && !signal.aborted) this.events.lost(error);
        wasLost = true;
      } finally {
        this.connection?.destroy();
        this.connection = null;
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS);
    }
  }

  /** Rejects when the connection is over, or does not answer any more. */
  private async watch(connection: C): Promise<never> {
    while ((await within(LOOK_EVERY_MS, connection.over)) === LATE) {
      if ((await within(ANSWERS_WITHIN_MS, connection.ask())) === LATE) break;
    }
    throw new Error('the connection was lost');
  }
}
