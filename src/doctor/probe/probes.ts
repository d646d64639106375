import { createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Refusals } from '../../calls/refusals.js';
import { AccessSettings } from '../../config/settings.js';

/** The header by which the doctor recognises its own requests, wherever a proxy has sent them. */
export const PROBE_HEADER = 'x-patchbay-probe';

const LIFE_MS = 60_000;
const RANDOM_BYTES = 12;
const TIME_BYTES = 6;
const SIGNED_BYTES = RANDOM_BYTES + TIME_BYTES;
const SIGNATURE_BYTES = 18;
/** Runs count up from 1, so none will ever have an id from here on. */
const IMPOSSIBLE_RUNS = 2 ** 52;
/** Such an id holds a random number below this, and as much of its signature. */
const RUN_PART = 2 ** 26;
/** As long as its bytes are in base64url. */
const NONCE = new RegExp(`^[\\w-]{${((SIGNED_BYTES + SIGNATURE_BYTES) * 4) / 3}}$`);

/**
 * The doctor's requests to itself. Each carries a nonce that is valid for a minute, for one use
 * at each instance. The service answers it with what arrived, whatever the path has become.
 * Nobody else gets such an answer.
 *
 * A balancer may take such a request to another instance, so nonces are signed, with a key that
 * comes from user 1's: instances that share a store have the same `API_KEY`. Every instance knows
 * the doctor's requests of every other by it, also while the store is away.
 */
@Injectable()
export class Probes implements OnModuleInit {
  private readonly key: Buffer;
  /** The nonces that were used here or revoked, and until when they would be valid. */
  private readonly spent = new Map<string, number>();

  constructor(
    { apiKey }: AccessSettings,
    private readonly refusals: Refusals,
  ) {
    this.key =
      apiKey === null
        ? randomBytes(32)
        : createHmac('sha256', apiKey).update('probes of the doctor').digest();
  }

  onModuleInit(): void {
    this.refusals.ignore((runId) => this.isOurs(runId));
  }

  /** A safe integer that is no run's id, by which every instance knows the doctor's question. */
  runId(): number {
    const random = randomInt(RUN_PART);
    return IMPOSSIBLE_RUNS + random * RUN_PART + this.signatureOfRun(random);
  }

  issue(): string {
    const signed = Buffer.alloc(SIGNED_BYTES);
    randomBytes(RANDOM_BYTES).copy(signed);
    signed.writeUIntBE(Date.now() + LIFE_MS, RANDOM_BYTES, TIME_BYTES);
    return Buffer.concat([signed, this.signatureOf(signed)]).toString('base64url');
  }

  /** True once for a request that carries a nonce of ours: as its header, or as the last segment of its path. */
  redeem(request: IncomingMessage): boolean {
    const header = request.headers[PROBE_HEADER];
    const path = request.url?.split('?', 1)[0] ?? '';
    const candidates = [header, path.slice(path.lastIndexOf('/') + 1)];
    // A request that carries the nonce twice carries the same one.
    return candidates.some((nonce) => typeof nonce === 'string' && this.spend(nonce));
  }

  /** Revokes a nonce that was not used here. */
  revoke(nonce: string): void {
    this.spend(nonce);
  }

  private spend(nonce: string): boolean {
    if (!NONCE.test(nonce)) return false;
    const bytes = Buffer.from(nonce, 'base64url');
    const signed = bytes.subarray(0, SIGNED_BYTES);
    if (!timingSafeEqual(bytes.subarray(SIGNED_BYTES), this.signatureOf(signed))) return false;
    const now = Date.now();
    const until = signed.readUIntBE(RANDOM_BYTES, TIME_BYTES);
    if (until <= now || this.spent.has(nonce)) return false;
    for (const [one, end] of this.spent) if (end <= now) this.spent.delete(one);
    this.spent.set(nonce, until);
    return true;
  }

  private isOurs(runId: number): boolean {
    if (runId < IMPOSSIBLE_RUNS || !Number.isSafeInteger(runId)) return false;
    const part = runId - IMPOSSIBLE_RUNS;
    return this.signatureOfRun(Math.floor(part / RUN_PART)) === part % RUN_PART;
  }

  private signatureOfRun(random: number): number {
    return this.signatureOf(Buffer.from(`run ${random}`)).readUInt32BE() % RUN_PART;
  }

  private signatureOf(signed: Buffer): Buffer {
    return createHmac('sha256', this.key).update(signed).digest().subarray(0, SIGNATURE_BYTES);
  }
}
