import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Cluster } from '../cluster/cluster.js';
import { HttpSettings } from '../config/settings.js';
import { Problem } from '../shared/problem.js';

/**
 * Limits the requests a minute for each key. It never applies to requests that carriers signed.
 * Each instance admits its share of the limit; a client whose requests do not spread over all
 * ready instances is refused earlier.
 */
@Injectable()
export class RequestRate {
  private readonly limiter: RateLimiterMemory;

  constructor(
    private readonly settings: HttpSettings,
    private readonly cluster: Cluster,
  ) {
    this.limiter = new RateLimiterMemory({ points: settings.apiRequestsPerMinute, duration: 60 });
  }

  /** @throws Problem `rate_limited` */
  async count(keyId: number): Promise<void> {
    const ready = this.cluster.members().filter(({ state }) => state === 'ready').length;
    this.limiter.points = Math.ceil(this.settings.apiRequestsPerMinute / Math.max(1, ready));
    try {
      await this.limiter.consume(keyId);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      throw new Problem('rate_limited', 'Too many requests with this key.', {
        retryAfterSeconds: Math.ceil(error.msBeforeNext / 1000),
      });
    }
  }
}
