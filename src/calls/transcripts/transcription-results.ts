import { Injectable } from '@nestjs/common';
import type { Transaction } from 'kysely';
import { Database } from '../../database/database.js';
import type { Tables } from '../../database/schema.js';
import { CallLedger } from '../ledger/call-ledger.js';
import { tidyText, type Line } from './transcript.js';
import { enterEnd, enterStarted, type TranscriptSource } from './transcript-events.js';
import { writeLines } from './write-lines.js';

/** Lines of one part of a recording, at most; the next part's numbers follow. */
const PART_LINES = 1_000;

/** What becomes of the queue's calls, each in one transaction with what the ledger says of it. */
@Injectable()
export class TranscriptionResults {
  constructor(
    private readonly database: Database,
    private readonly ledger: CallLedger,
  ) {}

  /** Whether an agent has told a transcript of the call. */
  async isToldByAgent(runId: number): Promise<boolean> {
    const row = await this.database.read((db) =>
      db
        .selectFrom('transcript_lines')
        .select('n')
        .where('run_id', '=', runId)
        .where('generation', '>', 0)
        .limit(1)
        .executeTakeFirst(),
    );
    return row !== undefined;
  }

  /**
   * Stores the lines of one part of a recording, with times from its beginning, and what they have cost.
   * @returns false where the call was erased: nothing is stored then
   */
  async storePart(
    runId: number,
    part: number,
    told: ReadonlyArray<Omit<Line, 'final'>>,
    { requests, seconds }: { requests: number; seconds: number },
  ): Promise<boolean> {
    const { engine } = this.database;
    const beganAt = Date.now();
    const lines = told
      .map((line) => ({ ...line, text: tidyText(line.text) }))
      .filter(({ text }) => text !== '')
      .map((line, n) => {
        const place = { generation: 0, n: part * PART_LINES + n };
        return { ...line, ...place, final: true, beganAt };
      });
    return this.ledger.changeAfter(
      { runId },
      async (trx, run) => {
        if (!run || run.erasedAt !== null) return;
        await writeLines(trx, engine, run, lines);
        await trx
          .updateTable('transcription_jobs')
          .set((eb) => ({
            parts: part + 1,
            attempts: 0,
            requests: eb('requests', '+', requests),
            audio_ms: eb('audio_ms', '+', Math.round(seconds * 1_000)),
          }))
          .where('run_id', '=', runId)
          .execute();
      },
      (draft) => {
        if (!draft || draft.run.erasedAt !== null) return false;
        if (lines.length > 0) enterStarted(draft, 'recording');
        return true;
      },
    );
  }

  /** The transcript is whole. */
  async complete(
    runId: number,
    figures: { by: TranscriptSource; requests?: number; seconds?: number },
  ): Promise<void> {
    await this.ledger.changeAfter(
      { runId },
      (trx) => removeJob(trx, runId),
      (draft) => {
        if (!draft || draft.run.erasedAt !== null) return;
        // One in which nobody says anything is one all the same.
        if (!draft.run.transcribed) enterStarted(draft, figures.by);
        enterEnd(draft, 'complete', { ...figures });
      },
    );
  }

  /** Nothing more comes of it; what there is stays. @param reason a word */
  async failed(runId: number, reason: string): Promise<void> {
    await this.ledger.changeAfter(
      { runId },
      (trx) => removeJob(trx, runId),
      (draft) => {
        if (draft) enterEnd(draft, 'failed', { by: 'recording', reason });
      },
    );
  }

  /** There is nothing to transcribe. */
  async forget(runId: number): Promise<void> {
    await this.database.write((trx) => removeJob(trx, runId));
  }
}

async function removeJob(trx: Transaction<Tables>, runId: number): Promise<void> {
  await trx.deleteFrom('transcription_jobs').where('run_id', '=', runId).execute();
}
