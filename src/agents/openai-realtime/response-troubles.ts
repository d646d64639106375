/** How long responses may fail one after another before the call is given up. */
const PATIENCE_MS = 30_000;
const FIRST_PAUSE_MS = 500;
const PAUSE_MAX_MS = 4_000;
/** The server's own figure is rounded. */
const MARGIN_MS = 100;

/** Responses that fail one after another: how long to wait before the next is asked for. */
export class ResponseTroubles {
  private since: number | null = null;
  private failures = 0;
  private limitedUntil = 0;
  private timer: NodeJS.Timeout | null = null;

  /** The server says how long its limits last. */
  limited(ms: number): void {
    this.limitedUntil = performance.now() + ms;
  }

  over(): void {
    this.stop();
    this.since = null;
    this.failures = 0;
  }

  /**
   * One has failed: `again` is called after the pause that the server names, else at once the first
   * time and ever later afterwards. False: it has gone on for too long, or would.
   *
   * @param code of the failure
   * @param retryMs the pause that the failure itself names
   */
  failed(code: string, retryMs: number | null, again: () => void): boolean {
    const now = performance.now();
    this.since ??= now;
    this.failures += 1;
    const limited = code.startsWith('rate_limit') ? this.limitedUntil - now : 0;
    const told = retryMs ?? limited;
    const own = this.failures === 1 ? 0 : FIRST_PAUSE_MS * 2 ** (this.failures - 2);
    const pauseMs = told > 0 ? told + MARGIN_MS : Math.min(own, PAUSE_MAX_MS);
    if (now + pauseMs > this.since + PATIENCE_MS) return false;
    this.stop();
    if (pauseMs === 0) again();
    else this.timer = setTimeout(again, pauseMs);
    return true;
  }

  /** Whether a response is asked for after a pause. */
  get isPausing(): boolean {
    return this.timer !== null;
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }
}
