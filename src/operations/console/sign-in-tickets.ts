import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../shared/clock.js';
import { sha256 } from '../../shared/sha256.js';

const VALID_MS = 15 * 60_000;

/**
 * One-time tickets that sign in user 1 without the key, for the link that a
 * start prints. Each is valid for one use within a quarter of an hour and only in
 * this process. Only its hash is kept.
 */
@Injectable()
export class SignInTickets {
  private readonly validUntil = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  issue(): string {
    const ticket = randomBytes(32).toString('base64url');
    this.validUntil.set(sha256(ticket), this.clock.now().getTime() + VALID_MS);
    return ticket;
  }

  /** True once for each ticket. */
  redeem(ticket: string): boolean {
    const key = sha256(ticket);
    const until = this.validUntil.get(key);
    this.validUntil.delete(key);
    return until !== undefined && this.clock.now().getTime() < until;
  }
}
