import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '../../shared/problem.js';

/** A minute's. Short, because everyone behind one proxy shares its address. */
const WINDOW_SECONDS = 60;
const PER_ADDRESS = 10;
const ALTOGETHER = 100;
const EVERYONE = 'everyone';

/** Limits how often somebody may be wrong about a key or a ticket, for each address and for all of them. */
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
   * Only failures are counted, and only a failure can be one too many: whoever
   * has a right key gets in, however often others behind the same proxy were
   * wrong. Keys carry 256 random bits, so it is not the guessing that is slowed
   * down here, but the noise in the log.
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
