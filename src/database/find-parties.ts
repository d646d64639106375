import type { Kysely } from 'kysely';
import { keyBesideTold } from '../shared/party.js';
import type { Tables } from './schema.js';

/**
 * Fills `from_party` and `to_party` of calls that were saved without them: the few calls whose
 * sides are not E.164 numbers.
 *
 * @param page the number of rows that are read at a time; default 1,000
 */
export async function findParties(db: Kysely<Tables>, page = 1_000): Promise<void> {
  for (let after = 0; ;) {
    const rows = await db
      .selectFrom('runs')
      .select(['run_id', 'from_number', 'to_number'])
      .where('run_id', '>', after)
      .where('erased_at', 'is', null)
      .where((is) =>
        is.or([is('from_number', 'not like', '+%'), is('to_number', 'not like', '+%')]),
      )
      .orderBy('run_id')
      .limit(page)
      .execute();
    for (const { run_id: runId, from_number: from, to_number: to } of rows) {
      await db
        .updateTable('runs')
        .set({ from_party: keyBesideTold(from), to_party: keyBesideTold(to) })
        .where('run_id', '=', runId)
        .execute();
    }
    after = rows.at(-1)?.run_id ?? 0;
    if (rows.length < page) return;
  }
}
