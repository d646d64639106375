import type { Selectable, Transaction } from 'kysely';
import { pieces } from '../../database/pieces.js';
import type { Engine, Stamp } from '../../database/engine.js';
import type { KeptStatements } from '../../database/kept-statements.js';
import type { RunsTable, Tables } from '../../database/schema.js';
import { eventTypesOf, TRANSCRIPT_EVENT } from '../events-out/event-types.js';
import { writeDeliveries, type News } from '../events-out/write-deliveries.js';
import { enqueue } from '../transcripts/transcription-queue.js';
import { deleteTranscript } from '../transcripts/write-lines.js';
import type { CallRun } from './call-run.js';
import { eventToRow } from './event-rows.js';
import type { RunDraft } from './run-draft.js';
import {
  CHANGING_COLUMNS,
  changedColumns,
  passedColumns,
  personalColumns,
  routedColumns,
  rowFromRun,
} from './run-rows.js';

type StampedPlace = Pick<Selectable<RunsTable>, 'run_id' | keyof Stamp>;

/** Writes the rows of runs and what depends on them, within the transactions of one store. */
export class DraftWriter {
  constructor(
    private readonly engine: Engine,
    private readonly kept: KeptStatements,
  ) {}

  /**
   * Writes what the drafts hold: the rows of new runs and those of runs that the transaction has
   * locked, and all dependent rows. Each run gets its place in the feed, new ones first.
   */
  async write(trx: Transaction<Tables>, drafts: readonly RunDraft[], now: Date): Promise<void> {
    await this.insertRuns(
      trx,
      drafts.filter(({ stored }) => !stored),
    );
    const events = drafts.flatMap((draft) => draft.newEvents.map(eventToRow));
    for (const rows of pieces(events)) {
      await this.kept.write(trx, 'events', rows, () => trx.insertInto('call_events').values(rows));
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
      await this.kept.write(trx, 'tokens', rows, () =>
        trx.insertInto('stream_tokens').values(rows),
      );
    }
    await writeHandovers(trx, drafts, now);
    await this.updateRuns(
      trx,
      drafts.filter(({ stored }) => stored),
    );
    for (const draft of drafts) {
      if (draft.rerouted) await reroute(trx, draft);
      if (draft.passedOn) await passOn(trx, draft.run);
      if (draft.dropPayloads) await erase(trx, draft.run);
    }
    const ended = drafts.filter((draft) => draft.needsTranscript && draft.run.erasedAt === null);
    await enqueue(
      trx,
      ended.map(({ run }) => run),
      now,
    );
    await writeDeliveries(trx, this.kept, drafts.flatMap(newsOf), now);
  }

  /** Where a statement costs a round trip, one for all. */
  private async insertRuns(trx: Transaction<Tables>, drafts: readonly RunDraft[]): Promise<void> {
    for (const some of pieces(drafts, this.engine.isLocal ? 1 : undefined)) {
      const stamps = this.engine.stamps(some.length);
      const rows = some.map(({ run, dialTurn }, index) => ({
        dial_turn: dialTurn,
        ...rowFromRun(run),
        ...stamps[index],
      }));
      const places = await this.kept.write<StampedPlace>(trx, 'create runs', rows, () =>
        trx.insertInto('runs').values(rows).returning(['run_id', 'changed_xid', 'position']),
      );
      notePlaces(some, places);
    }
  }

  private async updateRuns(trx: Transaction<Tables>, drafts: readonly RunDraft[]): Promise<void> {
    const places = this.engine.isLocal
      ? await this.updateEach(trx, drafts)
      : await this.updateAll(trx, drafts);
    notePlaces(drafts, places);
  }

  /**
   * A statement for each run with what has changed: a column that is written touches all indexes
   * that contain it, changed or not.
   */
  private async updateEach(
    trx: Transaction<Tables>,
    drafts: readonly RunDraft[],
  ): Promise<StampedPlace[]> {
    const places: StampedPlace[] = [];
    for (const { stored, run } of drafts) {
      const [stamp] = this.engine.stamps(1);
      const changed = Object.assign(changedColumns(stored, run), stamp);
      const named = Object.assign({}, changed, { run_id: run.runId });
      const key = `update run ${Object.keys(changed).join(' ')}`;
      const rows = await this.kept.write<StampedPlace>(trx, key, [named], () =>
        trx
          .updateTable('runs')
          .set(changed)
          .where('run_id', '=', run.runId)
          .returning(['run_id', 'changed_xid', 'position']),
      );
      places.push(...rows);
    }
    return places;
  }

  /**
   * Updates all rows in one statement, since on PostgreSQL each statement costs a
   * round trip. The rows exist already; the statement is an insert with a
   * conflict clause, because that is the form of a many-row update that both
   * stores accept.
   */
  private async updateAll(
    trx: Transaction<Tables>,
    drafts: readonly RunDraft[],
  ): Promise<StampedPlace[]> {
    const stamps = this.engine.stamps(drafts.length);
    const rows = drafts.map((draft, index) => ({ ...rowFromRun(draft.run), ...stamps[index] }));
    return this.kept.write(trx, 'update runs', rows, () =>
      trx
        .insertInto('runs')
        .values(rows)
        .onConflict((conflict) =>
          conflict
            .column('run_id')
            .doUpdateSet((eb) =>
              Object.fromEntries(
                CHANGING_COLUMNS.map((name) => [name, eb.ref(`excluded.${name}`)]),
              ),
            ),
        )
        .returning(['run_id', 'changed_xid', 'position']),
    );
  }
}

function notePlaces(drafts: readonly RunDraft[], places: readonly StampedPlace[]): void {
  const placeOf = new Map(places.map((row) => [row.run_id, row]));
  for (const draft of drafts) {
    const place = placeOf.get(draft.run.runId);
    if (!place) throw new Error(`run ${draft.run.runId} was not written`);
    // The run is the transaction's own since it was stamped with the time of the change.
    draft.run.changedXid = place.changed_xid;
    draft.run.position = place.position;
  }
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

/** Puts the run into the queue of the account that is to dial it now. */
async function reroute(trx: Transaction<Tables>, { run, dialTurn }: RunDraft): Promise<void> {
  await trx
    .updateTable('runs')
    .set({ ...routedColumns(run), dial_turn: dialTurn, dial_after: null })
    .where('run_id', '=', run.runId)
    .execute();
}

/** What the workflow brings that has the call now. */
async function passOn(trx: Transaction<Tables>, run: CallRun): Promise<void> {
  await trx.updateTable('runs').set(passedColumns(run)).where('run_id', '=', run.runId).execute();
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
  await deleteTranscript(trx, run.runId);
}

function newsOf({ run, moves, completesTranscript }: RunDraft): News[] {
  const news = moves.map((move) => ({
    run: move.run,
    types: eventTypesOf(move.from, move.run.status),
  }));
  return completesTranscript ? [...news, { run, types: [TRANSCRIPT_EVENT] }] : news;
}
