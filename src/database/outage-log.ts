import type { Log } from '../shared/logger.js';

/** How often an outage that continues is logged again. */
const REPEAT_MS = 30_000;

/**
 * Logs that the store is unavailable: at once, when the cause changes, every half
 * minute, and when the store is back.
 */
export class OutageLog {
  private sinceMs: number | null = null;
  private toldMs = 0;
  private cause = '';

  constructor(private readonly log: Log | null) {}

  away(fields: { host: string; port: number; cause: string; fix: string }): void {
    const now = performance.now();
    this.sinceMs ??= now;
    if (fields.cause === this.cause && now - this.toldMs < REPEAT_MS) return;
    this.cause = fields.cause;
    this.toldMs = now;
    const forSeconds = Math.round((now - this.sinceMs) / 1000);
    this.log?.error('store.unavailable', { ...fields, for_seconds: forSeconds });
  }

  back(): void {
    if (this.sinceMs === null) return;
    const afterSeconds = Math.round((performance.now() - this.sinceMs) / 1000);
    this.log?.info('store.available', { after_seconds: afterSeconds });
    this.sinceMs = null;
    this.cause = '';
  }
}
