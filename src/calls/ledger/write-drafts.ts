import type { Transaction } from 'kysely';
import { pieces } from '../../database/pieces.js';
import type { Engine } from '../../database/engine.js';
import type { Tables } from '../../database/schema.js';
import { writeDeliveries } from '../events-out/write-deliveries.js';
import type { CallRun } from './call-run.js';
import { eventToRow } from './event-rows.js';
import type { RunDraft } from './run-draft.js';
import { CHANGING_COLUMNS, personalColumns, routedColumns, rowFromRun } from './run-rows.js';

/**
 * Writes what the drafts hold: the rows of their runs, which the transaction has
 * locked, and all dependent rows. Each run gets its place in the feed.
 */
export async function writeDrafts(
  trx: Transaction<Tables>,
  engine: Engine,
  drafts: readonly RunDraft[],
  now: Date,
): Promise<void> {
  const events = drafts.flatMap((draft) => draft.newEvents.map(eventToRow));
  for (const rows of pieces(events)) {
    await trx.insertInto('call_events').values(rows).execute();
  }
  const tokens = drafts.flatMap((draft) =>
    draft.newTokens.map((token) => ({
      token_hash: token.tokenHash,
      run_id: draft.run.runId,
      provider_call_id: token.providerCallId,
      expires_at: token.expiresAt.getTime(),
      redeemed_at: null,
    })),
  );
  for (const rows of pieces(tokens)) {
    await trx.insertInto('stream_tokens').values(rows).execute();
  }
  await writeHandovers(trx, drafts, now);
  await updateRuns(trx, engine, drafts);
  for (const draft of drafts) {
    if (draft.rerouted) await reroute(trx, draft);
    if (draft.dropPayloads) await erase(trx, draft.run);
  }
  await writeDeliveries(
    trx,
    drafts.flatMap((draft) => draft.moves),
    now,
  );
}

/** In place of what the stream had stored while it lived. */
async function writeHandovers(
  trx: Transaction<Tables>,
  drafts: readonly RunDraft[],
  now: Date,
): Promise<void> {
  const rows = drafts.flatMap(({ run, newHandover }) =>
    newHandover ? [{ run_id: run.runId, ...newHandover, created_at: now.getTime() }] : [],
  );
  for (const some of pieces(rows)) {
    await trx
      .insertInto('stream_handovers')
      .values(some)
      .onConflict((conflict) =>
        conflict.columns(['run_id', 'generation']).doUpdateSet((eb) => ({
          agent: eb.ref('excluded.agent'),
          version: eb.ref('excluded.version'),
          sealed: eb.ref('excluded.sealed'),
          reason: eb.ref('excluded.reason'),
          created_at: eb.ref('excluded.created_at'),
        })),
      )
      .execute();
  }
}

/**
 * Updates all rows in one statement, since on PostgreSQL each statement costs a
 * round trip. The rows exist already; the statement is an insert with a
 * conflict clause, because that is the form of a many-row update that both
 * stores accept.
 */
async function updateRuns(
  trx: Transaction<Tables>,
  engine: Engine,
  drafts: readonly RunDraft[],
): Promise<void> {
  if (drafts.length === 0) return;
  const stamps = engine.stamps(drafts.length);
  const stamped = await trx
    .insertInto('runs')
    .values(drafts.map((draft, index) => ({ ...rowFromRun(draft.run), ...stamps[index] })))
    .onConflict((conflict) =>
      conflict
        .column('run_id')
        .doUpdateSet((eb) =>
          Object.fromEntries(CHANGING_COLUMNS.map((name) => [name, eb.ref(`excluded.${name}`)])),
        ),
    )
    .returning(['run_id', 'changed_xid', 'position'])
    .execute();
  const places = new Map(stamped.map((row) => [row.run_id, row]));
  for (const draft of drafts) {
    const place = places.get(draft.run.runId);
    if (!place) throw new Error(`run ${draft.run.runId} was not written`);
    draft.run = { ...draft.run, changedXid: place.changed_xid, position: place.position };
  }
}

/** Puts the run into the queue of the account that is to dial it now. */
async function reroute(trx: Transaction<Tables>, { run, dialTurn }: RunDraft): Promise<void> {
  await trx
    .updateTable('runs')
    .set({ ...routedColumns(run), dial_turn: dialTurn, dial_after: null })
    .where('run_id', '=', run.runId)
    .execute();
}

/** Empties personal data in the row and in its events, and deletes what was handed over and the call's event deliveries. */
async function erase(trx: Transaction<Tables>, run: CallRun): Promise<void> {
  await trx.updateTable('runs').set(personalColumns(run)).where('run_id', '=', run.runId).execute();
  await trx
    .updateTable('call_events')
    .set({ payload: null })
    .where('run_id', '=', run.runId)
    .execute();
  await trx.deleteFrom('stream_handovers').where('run_id', '=', run.runId).execute();
  await trx.deleteFrom('webhook_deliveries').where('run_id', '=', run.runId).execute();
}
