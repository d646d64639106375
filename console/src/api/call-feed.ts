import { backOffMs } from './back-off.js';
import { ApiProblem, send } from './http.js';
import { readEvents } from './read-events.js';
import type { Call } from './types.js';

export type FeedState = 'connecting' | 'live' | 'reconnecting';

/** The server sends something at least every 15 s. After this silence the connection is considered dead. */
const SILENCE_MS = 40_000;

/**
 * Every change of the signed-in user's calls, as the server reports it. A connection
 * that breaks is resumed after the last event that was seen.
 */
export class CallFeed {
  state: FeedState = 'connecting';
  private readonly onCall = new Set<(call: Call) => void>();
  private readonly onState = new Set<(state: FeedState) => void>();
  private running: AbortController | null = null;
  private line: AbortController | null = null;
  private lastEventId: string | null = null;
  private failures = 0;
  private wake: () => void = () => undefined;

  /** Returns the function that ends the subscription. */
  subscribe(listener: (call: Call) => void): () => void {
    this.onCall.add(listener);
    return () => this.onCall.delete(listener);
  }

  /** Called at every change of state. When the state is `live` again, nothing was missed. */
  watch(listener: (state: FeedState) => void): () => void {
    this.onState.add(listener);
    return () => this.onState.delete(listener);
  }

  start(): void {
    if (this.running) return;
    this.running = new AbortController();
    window.addEventListener('online', this.hurry);
    window.addEventListener('offline', this.cut);
    void this.run(this.running.signal);
  }

  stop(): void {
    this.running?.abort();
    this.running = null;
    this.lastEventId = null;
    this.failures = 0;
    window.removeEventListener('online', this.hurry);
    window.removeEventListener('offline', this.cut);
    this.wake();
  }

  private readonly hurry = (): void => this.wake();
  /** The browser knows this at once, while the connection may seem open for a long time. */
  private readonly cut = (): void => this.line?.abort();

  private async run(signal: AbortSignal): Promise<void> {
    this.become('connecting');
    while (!signal.aborted) {
      try {
        await this.listen(signal);
        this.failures = 1;
      } catch (error) {
        if (signal.aborted || (error instanceof ApiProblem && error.status === 401)) return;
        this.failures += 1;
      }
      if (signal.aborted) return;
      this.become('reconnecting');
      await this.pause(backOffMs(this.failures, Math.random()));
    }
  }

  private async listen(signal: AbortSignal): Promise<void> {
    const line = new AbortController();
    this.line = line;
    const end = (): void => line.abort();
    signal.addEventListener('abort', end);
    let silence = setTimeout(end, SILENCE_MS);
    try {
      const response = await send('GET', 'api/v1/telephony/calls/stream', {
        signal: line.signal,
        headers: this.lastEventId === null ? {} : { 'last-event-id': this.lastEventId },
      });
      this.failures = 0;
      this.become('live');
      await readEvents(
        response,
        (event) => {
          if (event.id !== undefined) this.lastEventId = event.id;
          if (event.event !== 'call') return;
          const call = JSON.parse(event.data) as Call;
          for (const listener of this.onCall) listener(call);
        },
        () => {
          clearTimeout(silence);
          silence = setTimeout(end, SILENCE_MS);
        },
      );
    } finally {
      clearTimeout(silence);
      signal.removeEventListener('abort', end);
    }
  }

  private async pause(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private become(state: FeedState): void {
    if (this.state === state) return;
    this.state = state;
    for (const listener of this.onState) listener(state);
  }
}

/** One connection for the whole page. */
export const callFeed = new CallFeed();
