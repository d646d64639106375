import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';

/** The header by which the doctor knows its own requests again, wherever a proxy has led them. */
export const PROBE_HEADER = 'x-patchbay-probe';

const LIFE_MS = 60_000;
const ISSUED_MAX = 200;

/**
 * The doctor's requests to itself. Each carries a nonce made in this process,
 * good for one use: with it the service tells what arrived, whatever the path
 * has become; to anybody else there is nothing to be seen.
 */
@Injectable()
export class Probes {
  /** When each nonce was made, by `performance.now()`. */
  private readonly issued = new Map<string, number>();

  issue(): string {
    const now = performance.now();
    for (const [nonce, at] of this.issued) {
      // In order of age.
      if (now - at < LIFE_MS && this.issued.size < ISSUED_MAX) break;
      this.issued.delete(nonce);
    }
    const nonce = randomBytes(24).toString('base64url');
    this.issued.set(nonce, now);
    return nonce;
  }

  /** True once for a request that carries a nonce of ours: as its header, or as the last segment of its path. */
  redeem(request: IncomingMessage): boolean {
    if (this.issued.size === 0) return false;
    const header = request.headers[PROBE_HEADER];
    const path = request.url?.split('?', 1)[0] ?? '';
    const candidates = [header, path.slice(path.lastIndexOf('/') + 1)];
    // Both of a request that carries it twice are the same one.
    return candidates.some((nonce) => typeof nonce === 'string' && this.spend(nonce));
  }

  /** What was not used is not to be used any more. */
  revoke(nonce: string): void {
    this.issued.delete(nonce);
  }

  private spend(nonce: string): boolean {
    const at = this.issued.get(nonce);
    this.issued.delete(nonce);
    return at !== undefined && performance.now() - at < LIFE_MS;
  }
}
