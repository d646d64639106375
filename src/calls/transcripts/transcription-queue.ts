import { Injectable } from '@nestjs/common';
import type { Selectable, Transaction } from 'kysely';
import { sql } from 'kysely';
import { Leases } from '../../cluster/leases.js';
import { Database } from '../../database/database.js';
import type { Tables, TranscriptionJobsTable } from '../../database/schema.js';

/** Longer than a part takes, with its request: the claim is renewed before each. */
export const CLAIMED_MS = 5 * 60_000;
/** Streams end, and recordings are stored, a moment after their call. */
const FIRST_AFTER_MS = 5_000;

/** A call that is over and whose transcript is not complete. */
export interface TranscriptionJob {
  runId: number;
  /** Failures since something last worked. */
  attempts: number;
  /** How many parts of the recording are transcribed. */
  parts: number;
  requests: number;
  /** Of audio, as sent. */
  seconds: number;
  createdAt: number;
}

const NO_LEASE = { lease_until: null, lease_instance: null };

/** The calls whose transcripts are to be completed; each is attended to by one instance at a time. */
@Injectable()
export class TranscriptionQueue {
  constructor(
    private readonly database: Database,
    private readonly leases: Leases,
  ) {}

  /**
   * Claims the one that is due longest, and that nobody attends to; null: there is none.
   *
   * @param ofAgents those that are only to be closed, which take no time, or those with a recording
   */
  async claim(ofAgents: boolean): Promise<TranscriptionJob | null> {
    const lane = ofAgents ? 1 : 0;
    const { engine } = this.database;
    const due = await this.database.read((db) =>
      db
        .selectFrom('transcription_jobs')
        .select('run_id')
        .where('of_agent', '=', lane)
        .where('due_at', '<=', engine.now())
        .where(this.leases.isFree('lease_instance', 'lease_until'))
        .limit(1)
        .executeTakeFirst(),
    );
    if (!due) return null;
    return this.database.writeLocking(async (trx) => {
      const row = await engine
        .lockFree(
          trx
            .selectFrom('transcription_jobs')
            .selectAll()
            .where('of_agent', '=', lane)
            .where('due_at', '<=', engine.now())
            .where(this.leases.isFree('lease_instance', 'lease_until'))
            .orderBy('due_at')
            .orderBy('run_id')
            .limit(1),
        )
        .executeTakeFirst();
      if (!row) return null;
      await this.lease(trx, row.run_id);
      return fromRow(row);
    });
  }

  /** Keeps a claim for another while. */
  async renew(runId: number): Promise<void> {
    await this.database.write((trx) => this.lease(trx, runId));
  }

  /** Gives up a claim: it is due again after so many milliseconds. */
  async postpone(runId: number, milliseconds: number, attempts: number): Promise<void> {
    const { engine } = this.database;
    await this.database.write((trx) =>
      trx
        .updateTable('transcription_jobs')
        .set({
          ...NO_LEASE,
          attempts,
          due_at: sql<number>`${engine.now()} + ${sql.raw(String(Math.round(milliseconds)))}`,
        })
        .where('run_id', '=', runId)
        .where('lease_instance', '=', this.leases.holder)
        .execute(),
    );
  }

  /** Notes requests that were made, whatever came of them. */
  async spent(runId: number, requests: number, seconds: number): Promise<void> {
    await this.database.write((trx) =>
      trx
        .updateTable('transcription_jobs')
        .set((eb) => ({
          requests: eb('requests', '+', requests),
          audio_ms: eb('audio_ms', '+', Math.round(seconds * 1_000)),
        }))
        .where('run_id', '=', runId)
        .execute(),
    );
  }

  private async lease(trx: Transaction<Tables>, runId: number): Promise<void> {
    await trx
      .updateTable('transcription_jobs')
      .set({ lease_until: this.leases.until(CLAIMED_MS), lease_instance: this.leases.holder })
      .where('run_id', '=', runId)
      .execute();
  }
}

/** Puts calls into the queue, in the transaction in which they end. */
export async function enqueue(
  trx: Transaction<Tables>,
  runs: ReadonlyArray<{ runId: number; transcribed: boolean }>,
  now: Date,
): Promise<void> {
  if (runs.length === 0) return;
  const time = now.getTime();
  await trx
    .insertInto('transcription_jobs')
    .values(
      runs.map(({ runId, transcribed }) => ({
        run_id: runId,
        of_agent: transcribed ? 1 : 0,
        due_at: time + FIRST_AFTER_MS,
        attempts: 0,
        parts: 0,
        requests: 0,
        audio_ms: 0,
        created_at: time,
        ...NO_LEASE,
      })),
    )
    .onConflict((conflict) => conflict.column('run_id').doNothing())
    .execute();
}

function fromRow(row: Selectable<TranscriptionJobsTable>): TranscriptionJob {
  return {
    runId: row.run_id,
    attempts: row.attempts,
    parts: row.parts,
    requests: row.requests,
    seconds: row.audio_ms / 1_000,
    createdAt: row.created_at,
  };
}
