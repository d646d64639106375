import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '../../shared/problem.js';

/** The failures of a minute. The time is short, because everyone behind one proxy shares its address. */
const WINDOW_SECONDS = 60;
const PER_ADDRESS = 10;
const ALTOGETHER = 100;
const EVERYONE = 'everyone';

/** Limits how often a wrong key or ticket may be sent, for each address and for all addresses together. */
@Injectable()
export class FailedSignIns {
  private readonly byAddress = new RateLimiterMemory({
    points: PER_ADDRESS,
    duration: WINDOW_SECONDS,
  });
  private readonly altogether = new RateLimiterMemory({
    points: ALTOGETHER,
    duration: WINDOW_SECONDS,
  });

  /**
   * Only failures are counted, and only a failure can be refused for their number: a
   * right key always signs in, however often others behind the same proxy were
   * wrong. Keys have 256 random bits, so the limit is not against guessing,
   * but against noise in the log.
   * @throws Problem `rate_limited`
   */
  async attempt<T>(address: string, signIn: () => Promise<T | null>): Promise<T | null> {
    const result = await signIn();
    if (result === null) {
      await count(this.byAddress, address);
      await count(this.altogether, EVERYONE);
    }
    return result;
  }
}

async function count(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    throw new Problem('rate_limited', 'Too many failed attempts to sign in. Wait a moment.', {
      retryAfterSeconds: Math.ceil(error.msBeforeNext / 1000),
    });
  }
}
