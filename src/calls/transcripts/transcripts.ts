import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import { CallLedger } from '../ledger/call-ledger.js';
import { Recordings } from '../recordings/recordings.js';
import type { Piece, Placed } from '../recordings/recording-layout.js';
import { SEGMENT_MOMENTS, MOMENTS_PER_SECOND } from '../recordings/segment.js';
import type { Line, NewLine, Speaker } from './transcript.js';
import { enterStarted } from './transcript-events.js';
import { deleteTranscript, writeLines } from './write-lines.js';

/** Calls that one query of a sweep finds. */
const BATCH = 100;

/** What was said on calls, in words. */
@Injectable()
export class Transcripts {
  constructor(
    private readonly database: Database,
    private readonly ledger: CallLedger,
    private readonly recordings: Recordings,
  ) {}

  /**
   * Adds what an agent tells to its call's transcript; resolves when it is durable. May be repeated. Of a
   * call that was erased nothing is kept.
   *
   * @throws StoreUnavailableError
   */
  async add(runId: number, lines: readonly NewLine[]): Promise<void> {
    const { engine } = this.database;
    await this.ledger.changeAfter(
      { runId },
      async (trx, run) => {
        if (run && run.erasedAt === null) await writeLines(trx, engine, run, lines);
      },
      (draft) => {
        if (draft && draft.run.erasedAt === null && !draft.run.transcribed) {
          enterStarted(draft, 'agent');
        }
      },
    );
  }

  /** The lines of a call, oldest first, with times that fit its recording. */
  async of(runId: number): Promise<Line[]> {
    const [rows, placed] = await Promise.all([
      this.database.read((db) =>
        db
          .selectFrom('transcript_lines')
          .selectAll()
          .where('run_id', '=', runId)
          .orderBy('generation')
          .orderBy('n')
          .execute(),
      ),
      this.recordings.placed(runId),
    ]);
    const offsets = offsetsOf(rows, placed);
    const lines = rows.map((row): Line => {
      const offset = offsets.get(row.generation) ?? 0;
      const untilMs = row.until_ms === null ? null : Math.max(0, Math.round(offset + row.until_ms));
      return {
        atMs: Math.max(0, Math.round(offset + row.at_ms)),
        untilMs,
        speaker: row.speaker as Speaker,
        text: row.text,
        final: row.final === 1,
      };
    });
    return lines.sort((a, b) => a.atMs - b.atMs);
  }

  /** Erases transcripts that were begun before `before`, with the recordings of that time; null: none. */
  async sweep(before: Date | null): Promise<void> {
    if (!before) return;
    for (;;) {
      const rows = await this.database.read((db) =>
        db
          .selectFrom('transcript_lines')
          .select('run_id')
          .distinct()
          .where('began_at', '<', before.getTime())
          .limit(BATCH)
          .execute(),
      );
      for (const { run_id: runId } of rows) await this.forget(runId);
      if (rows.length < BATCH) return;
    }
  }

  private async forget(runId: number): Promise<void> {
    const forgotten = await this.ledger.changeAfter(
      { runId },
      (trx) => deleteTranscript(trx, runId),
      (draft) => {
        if (draft?.run.transcribed) draft.change({ transcribed: false });
        return draft !== null;
      },
    );
    // A store that was restored to an earlier time has lines of calls that it does not know.
    if (!forgotten) await this.database.write((trx) => deleteTranscript(trx, runId));
  }
}

/**
 * When each stream began, in milliseconds from the beginning of the recording, or of the first stream: a stream that
 * was recorded has its place there, which clocks that disagree do not change. The recording's own lines begin with it.
 */
function offsetsOf(
  rows: ReadonlyArray<{ generation: number; began_at: number }>,
  placed: ReadonlyArray<Placed<Piece>>,
): Map<number, number> {
  const msOf = (moments: number): number => (moments * 1_000) / MOMENTS_PER_SECOND;
  const offsets = new Map<number, number>([[0, 0]]);
  for (const { piece, at } of placed) {
    if (offsets.has(piece.generation)) continue;
    offsets.set(piece.generation, msOf(at - piece.n * SEGMENT_MOMENTS));
  }
  const [first] = placed;
  // The lines of a stream were written one after another, and its beginning was reckoned anew each time: the
  // first line's holds.
  const began = new Map<number, number>();
  for (const { generation, began_at: at } of rows) {
    if (generation > 0 && !began.has(generation)) began.set(generation, at);
  }
  const origin = first
    ? first.piece.startedAt - msOf(first.piece.n * SEGMENT_MOMENTS)
    : Math.min(...began.values());
  for (const [generation, at] of began) {
    if (!offsets.has(generation)) offsets.set(generation, Math.max(0, at - origin));
  }
  return offsets;
}
