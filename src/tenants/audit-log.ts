import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { Clock } from '../shared/clock.js';
import type { Caller } from './api-keys.js';

/** One change that somebody made through our API. */
export interface AuditEntry {
  auditId: number;
  userId: number;
  keyId: number;
  action: string;
  subject: Record<string, unknown>;
  httpStatus: number;
  createdAt: Date;
}

/** Who changed what, when, and with which key. Bodies are not kept, because they contain personal data and secrets. */
@Injectable()
export class AuditLog {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async note(
    caller: Caller,
    action: string,
    subject: Record<string, unknown>,
    httpStatus: number,
  ): Promise<void> {
    await this.database.write((trx) =>
      trx
        .insertInto('audit_log')
        .values({
          user_id: caller.userId,
          key_id: caller.keyId,
          action,
          subject: JSON.stringify(subject),
          http_status: httpStatus,
          created_at: this.clock.now().getTime(),
        })
        .execute(),
    );
  }

  /** Newest first. */
  async list(before: number | null, limit: number): Promise<AuditEntry[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('audit_log')
        .selectAll()
        .$if(before !== null, (query) => query.where('audit_id', '<', before ?? 0))
        .orderBy('audit_id', 'desc')
        .limit(limit)
        .execute(),
    );
    return rows.map((row) => ({
      auditId: row.audit_id,
      userId: row.user_id,
      keyId: row.key_id,
      action: row.action,
      subject: JSON.parse(row.subject) as Record<string, unknown>,
      httpStatus: row.http_status,
      createdAt: new Date(row.created_at),
    }));
  }
}
