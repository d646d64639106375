import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';

/** The header by which the doctor recognises its own requests, wherever a proxy has sent them. */
export const PROBE_HEADER = 'x-patchbay-probe';

const LIFE_MS = 60_000;
const ISSUED_MAX = 200;

/**
 * The doctor's requests to itself. Each carries a nonce that was made in this process and
 * is valid for one use. The service answers it with what arrived, whatever the path
 * has become. Nobody else gets such an answer.
 */
@Injectable()
export class Probes {
  /** When each nonce was made, by `performance.now()`. */
  private readonly issued = new Map<string, number>();

  issue(): string {
    const now = performance.now();
    for (const [nonce, at] of this.issued) {
      // The nonces are in order of age.
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
    // A request that carries the nonce twice carries the same one.
    return candidates.some((nonce) => typeof nonce === 'string' && this.spend(nonce));
  }

  /** Revokes a nonce that was not used. */
  revoke(nonce: string): void {
    this.issued.delete(nonce);
  }

  private spend(nonce: string): boolean {
    const at = this.issued.get(nonce);
    this.issued.delete(nonce);
    return at !== undefined && performance.now() - at < LIFE_MS;
  }
}
