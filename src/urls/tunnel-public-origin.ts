import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { SystemClock } from '../shared/clock.js';
import type { Clock } from '../shared/clock.js';
import type { Log } from '../shared/logger.js';
import { timeLimit } from '../shared/time-limit.js';
import { askCloudflared } from './ask-cloudflared.js';
import type { MetricsAddress } from './ask-cloudflared.js';
import { PublicOrigin } from './public-origin.js';
import type { PublicOriginReport } from './public-origin.js';

/** The service of the compose file first, then the ports that cloudflared tries by default. */
export const DEFAULT_METRICS_ADDRESSES: readonly string[] = [
  'http://cloudflared:2000',
  'http://127.0.0.1:20241',
  'http://127.0.0.1:20242',
  'http://127.0.0.1:20243',
  'http://127.0.0.1:20244',
  'http://127.0.0.1:20245',
];

/** How long an answer, or a failure to get one, stays valid. */
const FRESH_MS = 30_000;
/** The pause between attempts for callers that need an origin now, so that many callers do not cause many requests. */
const RETRY_MS = 2_000;
const ANSWER_TIMEOUT_MS = 1_000;

const FIX =
  'Set PUBLIC_URL to the https address under which carriers reach this service, or start a tunnel: cloudflared tunnel --url';

export interface TunnelOptions {
  /** `TUNNEL_METRICS_URL`; null: ask the default addresses. */
  metricsUrl: string | null;
  /** The local address to which a tunnel must lead, for the advice to start one. */
  localOrigin: () => string;
  log: Log;
  /** Default: the system's. */
  clock?: Clock;
  /** In order of priority; default {@link DEFAULT_METRICS_ADDRESSES}. */
  defaultAddresses?: readonly string[];
  /** How long to wait for all addresses together, in milliseconds; default 1,000. */
  answerTimeoutMs?: number;
}

/**
 * The origin that a running cloudflared reports. cloudflared is asked when the origin is
 * needed and the last answer is older than 30 s, never on a timer. Callers that come while
 * a request is under way share its answer. The last known origin stays in use while
 * cloudflared does not answer.
 */
export class TunnelPublicOrigin
  extends PublicOrigin
  implements OnModuleInit, OnApplicationShutdown
{
  private readonly addresses: readonly MetricsAddress[];
  private readonly localOrigin: () => string;
  private readonly log: Log;
  private readonly clock: Clock;
  private readonly answerTimeoutMs: number;

  private origin: string | null = null;
  private confirmedAt = -Infinity;
  private attemptedAt = -Infinity;
  private lastError: string | null = null;
  private pending: Promise<void> | null = null;
  private closed = false;
  private readonly closing = new AbortController();

  constructor(options: TunnelOptions) {
    super();
    const { metricsUrl, defaultAddresses = DEFAULT_METRICS_ADDRESSES } = options;
    this.addresses = metricsUrl
      ? [{ origin: metricsUrl, trusted: true }]
      : defaultAddresses.map((origin) => ({ origin, trusted: false }));
    this.localOrigin = options.localOrigin;
    this.log = options.log;
    this.clock = options.clock ?? new SystemClock();
    this.answerTimeoutMs = options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS;
  }

  /** Starts the first look-up. The start of the service does not wait for it. */
  onModuleInit(): void {
    void this.refresh();
  }

  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    this.closing.abort(new Error('shutting down'));
    await this.pending;
  }

  /** If an origin is known, waits for cloudflared at most once in 30 s, even while it does not answer. */
  async current(): Promise<string | null> {
    const patience = this.origin === null ? RETRY_MS : FRESH_MS;
    if (this.pending || this.elapsed(this.attemptedAt) >= patience) await this.refresh();
    return this.origin;
  }

  async refreshForDial(): Promise<string | null> {
    const old = this.elapsed(this.confirmedAt) >= FRESH_MS;
    if (old && (this.pending || this.elapsed(this.attemptedAt) >= RETRY_MS)) await this.refresh();
    return this.origin;
  }

  peek(): string | null {
    this.refreshInBackground();
    return this.origin;
  }

  report(): PublicOriginReport {
    this.refreshInBackground();
    return {
      source: this.origin === null ? 'none' : 'tunnel',
      origin: this.origin,
      asOf: this.origin === null ? null : new Date(this.confirmedAt),
      stale: this.origin !== null && this.lastError !== null,
      lastError: this.lastError,
      fix: this.origin === null || this.lastError !== null ? `${FIX} ${this.localOrigin()}` : null,
    };
  }

  private now(): number {
    return this.clock.now().getTime();
  }

  private elapsed(since: number): number {
    return this.now() - since;
  }

  private refreshInBackground(): void {
    if (!this.pending && this.elapsed(this.attemptedAt) >= FRESH_MS) void this.refresh();
  }

  /** Never rejects. */
  private refresh(): Promise<void> {
    if (this.closed) return Promise.resolve();
    this.pending ??= this.ask().finally(() => {
      this.pending = null;
    });
    return this.pending;
  }

  private async ask(): Promise<void> {
    const { hostname, problems } = await this.askAll();
    this.attemptedAt = this.now();
    if (hostname === null) this.noteFailure(problems.join('; '));
    else this.noteAnswer(`https://${hostname}`);
  }

  /** Asks all addresses at once. The first in order of priority that names a host counts. */
  private async askAll(): Promise<{ hostname: string | null; problems: string[] }> {
    const stop = new AbortController();
    const signal = timeLimit(this.answerTimeoutMs, stop.signal, this.closing.signal);
    const problems: string[] = [];
    try {
      const questions = this.addresses.map((address) => askCloudflared(address, signal));
      for (const question of questions) {
        const answer = await question;
        if ('hostname' in answer) return { hostname: answer.hostname, problems };
        problems.push(answer.problem);
      }
      return { hostname: null, problems };
    } finally {
      // The other requests are not needed any more and must not outlive this one.
      stop.abort();
    }
  }

  private noteAnswer(origin: string): void {
    const previous = this.origin;
    this.origin = origin;
    this.confirmedAt = this.attemptedAt;
    this.lastError = null;
    if (origin !== previous) this.log.info('public_origin_found', { origin, previous });
  }

  private noteFailure(error: string): void {
    // This is logged once for each outage; health reports it while it lasts.
    if (this.lastError === null && !this.closed)
      this.log.warn('public_origin_unknown', { error, in_use: this.origin });
    this.lastError = error;
  }
}
