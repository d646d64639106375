import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Clock } from '../shared/clock.js';

export interface User {
  userId: number;
  name: string;
  createdAt: Date;
}

@Injectable()
export class Users {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * By id.
   * @param after the last one of the page before
   */
  async list(after: number | null, limit: number): Promise<User[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('users')
        .selectAll()
        .where('user_id', '>', after ?? 0)
        .orderBy('user_id')
        .limit(limit)
        .execute(),
    );
    return rows.map((row) => ({
      userId: row.user_id,
      name: row.name,
      createdAt: new Date(row.created_at),
    }));
  }

  async exists(userId: number): Promise<boolean> {
    const row = await this.database.read((db) =>
      db.selectFrom('users').select('user_id').where('user_id', '=', userId).executeTakeFirst(),
    );
    return row !== undefined;
  }

  async create(name: string): Promise<User> {
    const createdAt = this.clock.now();
    const row = await this.database.write((trx) =>
      trx
        .insertInto('users')
        .values({ name, created_at: createdAt.getTime() })
        .returning('user_id')
        .executeTakeFirstOrThrow(),
    );
    return { userId: row.user_id, name, createdAt };
  }
}
