import { sql, type Transaction } from 'kysely';
import type { Engine } from '../../database/engine.js';
import { pieces } from '../../database/pieces.js';
import type { Tables } from '../../database/schema.js';
import type { NewLine } from './transcript.js';
import { wordsOf } from './words.js';

/**
 * Writes lines of a call and the words by which it is found, in a transaction that has locked its run. What is
 * there already stays.
 */
export async function writeLines(
  trx: Transaction<Tables>,
  engine: Engine,
  { runId, userId }: { runId: number; userId: number },
  lines: readonly NewLine[],
): Promise<void> {
  const now = Date.now();
  const rows = lines.map((line) => ({
    run_id: runId,
    generation: line.generation,
    n: line.n,
    // Right to what a small query takes, however far apart the two clocks are.
    began_at: sql<number>`${engine.now()} - ${sql.raw(String(Math.round(now - line.beganAt)))}`,
    at_ms: Math.round(line.atMs),
    until_ms: line.untilMs === null ? null : Math.round(line.untilMs),
    speaker: line.speaker,
    final: line.final ? 1 : 0,
    text: line.text,
  }));
  for (const some of pieces(rows)) {
    await trx
      .insertInto('transcript_lines')
      .values(some)
      .onConflict((conflict) => conflict.columns(['run_id', 'generation', 'n']).doNothing())
      .execute();
  }
  const words = [...new Set(lines.flatMap(({ text }) => wordsOf(text)))];
  for (const some of pieces(words)) {
    await trx
      .insertInto('transcript_words')
      .values(some.map((word) => ({ run_id: runId, user_id: userId, word })))
      .onConflict((conflict) => conflict.columns(['run_id', 'word']).doNothing())
      .execute();
  }
}

/** Deletes a call's transcript, with all that is still to be done for it. */
export async function deleteTranscript(trx: Transaction<Tables>, runId: number): Promise<void> {
  await trx.deleteFrom('transcript_lines').where('run_id', '=', runId).execute();
  await trx.deleteFrom('transcript_words').where('run_id', '=', runId).execute();
  await trx.deleteFrom('transcription_jobs').where('run_id', '=', runId).execute();
}
