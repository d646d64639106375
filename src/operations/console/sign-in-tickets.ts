import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../../database/database.js';
import { sha256 } from '../../shared/sha256.js';

const VALID_MS = 15 * 60_000;

/**
 * One-time tickets that sign in user 1 without the key, for the link that a
 * start prints. Each is valid for one use within a quarter of an hour, by the store's clock, at
 * whichever instance the link leads to. Only its hash is kept.
 */
@Injectable()
export class SignInTickets {
  constructor(private readonly database: Database) {}

  /** @throws StoreUnavailableError */
  async issue(): Promise<string> {
    const ticket = randomBytes(32).toString('base64url');
    const now = this.database.engine.now();
    await this.database.write(async (trx) => {
      // Tickets are made at starts alone, so those that nobody used are deleted here.
      await trx.deleteFrom('sign_in_tickets').where('expires_at', '<=', now).execute();
      await trx
        .insertInto('sign_in_tickets')
        .values({ ticket_hash: sha256(ticket), expires_at: sql<number>`${now} + ${VALID_MS}` })
        .execute();
    });
    return ticket;
  }

  /** True once for each ticket. @throws StoreUnavailableError; the ticket may then be spent */
  async redeem(ticket: string): Promise<boolean> {
    const now = this.database.engine.now();
    const spent = await this.database.write((trx) =>
      trx
        .deleteFrom('sign_in_tickets')
        .where('ticket_hash', '=', sha256(ticket))
        .where('expires_at', '>', now)
        .returning('ticket_hash')
        .execute(),
    );
    return spent.length > 0;
  }
}
