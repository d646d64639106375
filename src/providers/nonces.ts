import { createHash } from 'node:crypto';

/**
 * How long the very same request may be repeated, in milliseconds: carriers ask for instructions for a minute, and do
 * not say whether a repetition has a nonce of its own.
 */
const REPEATED_WITHIN_MS = 60_000;
/** As long as a call may last. */
const KEPT_MS = 4 * 3_600_000;
const KEPT_MAX = 50_000;

/**
 * The nonces of requests that were signed as they should be, each of which belongs to one request: with anything else it
 * is refused, and the same request is refused once no carrier would repeat it any more. What another process has seen
 * is not known here.
 */
export class Nonces {
  private readonly seen = new Map<string, { content: string; at: number }>();

  /** @param keptMs how long a signature is good, and so a nonce remembered; default: four hours */
  constructor(
    private readonly now: () => number = Date.now,
    private readonly keptMs: number = KEPT_MS,
  ) {}

  /**
   * Whether a request with this nonce may be taken; it then has the nonce for itself.
   * @param content all that is said, signed or not
   */
  take(nonce: string, content: ReadonlyArray<string | Buffer>): boolean {
    const at = this.now();
    this.forget(at);
    const digest = digestOf(content);
    const known = this.seen.get(nonce);
    if (known) return known.content === digest && at - known.at <= REPEATED_WITHIN_MS;
    this.seen.set(nonce, { content: digest, at });
    return true;
  }

  private forget(now: number): void {
    for (const [nonce, { at }] of this.seen) {
      if (now - at <= this.keptMs && this.seen.size < KEPT_MAX) return;
      this.seen.delete(nonce);
    }
  }
}

function digestOf(content: ReadonlyArray<string | Buffer>): string {
  const hash = createHash('sha256');
  for (const part of content) hash.update(`${part.length}:`).update(part);
  return hash.digest('base64');
}
