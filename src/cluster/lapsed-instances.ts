import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Database } from '../database/database.js';
import { ALIVE_MS } from './leases.js';

/** An instance that stopped renewing its lease, and did not leave. */
export interface LapsedInstance {
  name: string;
  /** How long ago it renewed its lease, in milliseconds by the store's clock. */
  silentMs: number;
}

/** Which instances ended without leaving: killed, frozen, or cut off from the store. */
@Injectable()
export class LapsedInstances {
  constructor(private readonly database: Database) {}

  /** Those of the last minute; older ones are swept. @throws StoreUnavailableError */
  async find(): Promise<LapsedInstance[]> {
    const now = this.database.engine.now();
    return this.database.read((db) =>
      db
        .selectFrom('instances')
        .select(['name', sql<number>`${now} - lease_until + ${ALIVE_MS}`.as('silentMs')])
        .where('lease_until', '<=', now)
        .orderBy('lease_until', 'desc')
        .execute(),
    );
  }
}
