import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { HttpSettings } from '../config/settings.js';
import { Problem } from '../shared/problem.js';

/** Limits the requests a minute for each key. It never applies to requests that carriers signed. */
@Injectable()
export class RequestRate {
  private readonly limiter: RateLimiterMemory;

  constructor(settings: HttpSettings) {
    this.limiter = new RateLimiterMemory({ points: settings.apiRequestsPerMinute, duration: 60 });
  }

  /** @throws Problem `rate_limited` */
  async count(keyId: number): Promise<void> {
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
