import type { ExpressionBuilder, Transaction } from 'kysely';
import { Database, STORE_DEADLINE_MS } from '../../database/database.js';
import { withinDeadline } from '../../database/deadline.js';
import { pieces, sweepInPieces } from '../../database/pieces.js';
import type { Tables } from '../../database/schema.js';
import { isUnavailable, isUniqueViolation } from '../../database/store-errors.js';
import { Clock } from '../../shared/clock.js';
import { CallFeed } from './call-feed.js';
import { writeDeliveries } from '../events-out/write-deliveries.js';
import {
  changingColumns,
  eventFromRow,
  eventToRow,
  lastingColumns,
  personalColumns,
  runFromRow,
  type CallRun,
  type NewRun,
} from './call-run.js';
import type { RecordedEvent } from './call-event.js';
import { RunDraft, type LedgerPolicy } from './run-draft.js';

/** How a run is named: by our id, or by the carrier's. */
export type RunName = { runId: number } | { provider: string; callId: string };

export interface CreateRun {
  run: NewRun;
  /** Binds the run to a client's key in the same transaction. */
  idempotency: { key: string; bodyHash: string } | null;
  /** Counted in the same transaction, so that no burst slips through. */
  limits: ConcurrencyLimits;
  /** Applied to the new run in the same transaction. */
  begin: (draft: RunDraft) => void;
}

/** Calls in progress at once; a call holds its place until it has ended. */
export interface ConcurrencyLimits {
  total: number;
  /** Null: none while there is one user, else {@link shareOf} the total. */
  perUser: number | null;
}

/** What one user of several may have of all places, so that there is always room for another one; at least one. */
export function shareOf(total: number): number {
  return Math.max(1, Math.floor((total * 3) / 4));
}

export type CreateResult =
  | { kind: 'created'; run: CallRun }
  /** As many calls as allowed are in progress, of all users or of this one. Nothing was saved. */
  | { kind: 'full'; of: 'all' | 'user'; limit: number }
  /** The carrier's call id, or the idempotency key, already names this run. */
  | { kind: 'exists'; run: CallRun; bodyHash: string | null };

/** Does its part of a transaction and returns what tells the result once that is written. */
type Step<T> = (batch: Batch) => Promise<() => T>;

interface Task {
  /** Applies the task; the function it returns tells the caller, after the commit. */
  execute(batch: Batch): Promise<() => void>;
  reject(reason: unknown): void;
  name: RunName | null;
  /** By the process's monotonic clock: the caller has been told that the store is unavailable. */
  overdueAt: number;
}

/** How often a change that met a row of a transaction given up before is applied again. */
const CLASHES_MAX = 3;

/**
 * The record of every call. Events are appended, never rewritten; a run's row
 * moves in the same transaction as the event that moved it.
 *
 * Changes that arrive while a commit is under way share the next one (group
 * commit): a burst of callbacks costs a few commits, not one each, and changes
 * of one run are applied one after another whatever order they came in.
 */
export class CallLedger {
  private queue: Task[] = [];
  private working: Promise<void> | null = null;
  private position: { epoch: number; last: number } | null = null;

  constructor(
    private readonly database: Database,
    private readonly feed: CallFeed,
    private readonly clock: Clock,
    private readonly policy: LedgerPolicy,
  ) {}

  /** Saves a new run; resolves once it is durable. */
  async create(request: CreateRun): Promise<CreateResult> {
    return this.submit(null, (batch) => batch.create(request));
  }

  /**
   * Applies `work` to a run and resolves with what it returned once the change
   * is durable; `null` instead of a draft when there is no such run.
   *
   * `work` must be synchronous and repeatable: after a failed commit it runs
   * again on the run as it then is. What it throws rejects this change alone.
   */
  async change<T>(name: RunName, work: (draft: RunDraft | null) => T): Promise<T> {
    return this.submit(name, (batch) => {
      const result = batch.change(name, work);
      return Promise.resolve(() => result);
    });
  }

  async find(name: RunName): Promise<CallRun | null> {
    return this.database.read(async (db) => {
      const row = await db
        .selectFrom('runs')
        .selectAll()
        .where((is) => isNamed(is, name))
        .executeTakeFirst();
      return row ? runFromRow(row) : null;
    });
  }

  /** The public origin that a run was placed under; null where there is no such run. Reads nothing else. */
  async publicOriginOf(name: RunName): Promise<string | null> {
    const row = await this.database.read((db) =>
      db
        .selectFrom('runs')
        .select('public_origin')
        .where((is) => isNamed(is, name))
        .executeTakeFirst(),
    );
    return row?.public_origin ?? null;
  }

  /** The run that a client's key is bound to, and the hash of the body it came with. */
  async findByKey(userId: number, key: string): Promise<{ run: CallRun; bodyHash: string } | null> {
    const row = await this.database.read((db) =>
      db
        .selectFrom('idempotency_keys')
        .innerJoin('runs', 'runs.run_id', 'idempotency_keys.run_id')
        .selectAll('runs')
        .select('idempotency_keys.body_hash')
        .where('idempotency_keys.user_id', '=', userId)
        .where('idempotency_keys.idempotency_key', '=', key)
        .executeTakeFirst(),
    );
    return row ? { run: runFromRow(row), bodyHash: row.body_hash } : null;
  }

  /** Forgets the keys of clients that are older than `before`. */
  async forgetKeys(before: Date): Promise<void> {
    await sweepInPieces((limit) =>
      this.database.write(async (trx) => {
        const { numDeletedRows } = await trx
          .deleteFrom('idempotency_keys')
          .where((where) =>
            where(
              where.refTuple('user_id', 'idempotency_key'),
              'in',
              where
                .selectFrom('idempotency_keys')
                .select(['user_id', 'idempotency_key'])
                .where('created_at', '<', before.getTime())
                .limit(limit)
                .$asTuple('user_id', 'idempotency_key'),
            ),
          )
          .executeTakeFirst();
        return numDeletedRows;
      }),
    );
  }

  async events(runId: number): Promise<RecordedEvent[]> {
    const rows = await this.database.read((db) =>
      db
        .selectFrom('call_events')
        .selectAll()
        .where('run_id', '=', runId)
        .orderBy('event_id')
        .execute(),
    );
    return rows.map(eventFromRow);
  }

  /** Resolves when everything submitted so far is durable or has failed. */
  async drained(): Promise<void> {
    while (this.working) await this.working;
  }

  /** Waiting for the commits before it counts towards a change's deadline too. */
  private submit<T>(name: RunName | null, step: Step<T>): Promise<T> {
    const done = new Promise<T>((resolve, reject) => {
      const execute = async (batch: Batch) => {
        const result = await step(batch);
        return () => resolve(result());
      };
      this.queue.push({
        name,
        execute,
        reject,
        overdueAt: performance.now() + STORE_DEADLINE_MS,
      });
      this.working ??= this.work();
    });
    return withinDeadline(done);
  }

  private async work(): Promise<void> {
    while (this.queue.length > 0) {
      // What arrives in the same turn of the event loop shares the commit; and between two, calls are heard.
      await new Promise(setImmediate);
      const now = performance.now();
      const tasks = this.queue
        .splice(0, this.database.commitSize)
        .filter((task) => task.overdueAt > now);
      if (tasks.length > 0) await this.commit(tasks);
    }
    // In the same turn as the last look at the queue, or a change that arrives in between would wait for the next one.
    this.working = null;
  }

  private async commit(tasks: Task[], clashes = 0): Promise<void> {
    try {
      const { tell, changed, position } = await this.database.write((trx) =>
        this.apply(trx, tasks),
      );
      this.position = position;
      for (const run of changed) this.feed.publish(run);
      for (const told of tell) told();
    } catch (error) {
      this.position = null;
      if (isUnavailable(error)) {
        for (const task of tasks) task.reject(error);
      } else if (tasks.length > 1) {
        // One of them cannot be stored: alone, it fails alone.
        const half = Math.ceil(tasks.length / 2);
        await this.commit(tasks.slice(0, half));
        await this.commit(tasks.slice(half));
      } else if (isUniqueViolation(error) && clashes < CLASHES_MAX) {
        await this.commit(tasks, clashes + 1);
      } else {
        for (const task of tasks) task.reject(error);
      }
    }
  }

  private async apply(trx: Transaction<Tables>, tasks: Task[]) {
    const { epoch } = this.database;
    const batch = new Batch(trx, this.clock.now(), this.policy);
    await batch.load(tasks.flatMap((task) => (task.name ? [task.name] : [])));
    const tell: Array<() => void> = [];
    for (const task of tasks) {
      try {
        tell.push(await task.execute(batch));
      } catch (error) {
        if (batch.broken) throw error;
        tell.push(() => task.reject(error));
      }
    }
    const before = await this.lastPosition(trx, epoch);
    const changed = await batch.flush(before);
    return { tell, changed, position: { epoch, last: changed.at(-1)?.position ?? before } };
  }

  /** One instance holds the store, so the last position can be remembered while the lock is. */
  private async lastPosition(trx: Transaction<Tables>, epoch: number): Promise<number> {
    if (this.position?.epoch === epoch) return this.position.last;
    const row = await trx
      .selectFrom('runs')
      .select('position')
      .orderBy('position', 'desc')
      .limit(1)
      .executeTakeFirst();
    // The runs that this transaction has made hold places below zero until it is written.
    return Math.max(row?.position ?? 0, 0);
  }
}

interface Existing {
  runId: number;
  bodyHash: string | null;
}

/** The working set of one transaction. */
class Batch {
  /** A query failed: the transaction is lost for all. */
  broken = false;
  private readonly drafts = new Map<number, RunDraft>();
  private readonly runIdByCall = new Map<string, number>();
  private createdAt = 0;

  constructor(
    private readonly trx: Transaction<Tables>,
    private readonly now: Date,
    private readonly policy: LedgerPolicy,
  ) {}

  async load(names: RunName[]): Promise<void> {
    const runIds = new Set(names.flatMap((name) => ('runId' in name ? [name.runId] : [])));
    const calls = names.flatMap((name) => ('runId' in name ? [] : [name]));
    if (runIds.size === 0 && calls.length === 0) return;
    const rows = await this.trx
      .selectFrom('runs')
      .selectAll()
      .where((where) =>
        where.or([
          where('run_id', 'in', runIds.size > 0 ? [...runIds] : [-1]),
          ...[...new Set(calls.map((call) => call.provider))].map((provider) =>
            where.and([
              where('provider', '=', provider),
              where(
                'provider_call_id',
                'in',
                calls.filter((call) => call.provider === provider).map((call) => call.callId),
              ),
            ]),
          ),
        ]),
      )
      .execute();
    await this.adopt(rows.map(runFromRow));
  }

  change<T>(name: RunName, work: (draft: RunDraft | null) => T): T {
    const runId =
      'runId' in name ? name.runId : this.runIdByCall.get(callKey(name.provider, name.callId));
    const draft = runId === undefined ? undefined : this.drafts.get(runId);
    if (!draft) return work(null);
    // A copy, so that work which throws halfway leaves nothing behind.
    const copy = draft.copy();
    const result = work(copy);
    this.keep(copy);
    return result;
  }

  async create(request: CreateRun): Promise<() => CreateResult> {
    return this.guarded(async () => {
      const existing = await this.existing(request);
      if (existing) {
        const { runId: existingId, bodyHash } = existing;
        return () => ({ kind: 'exists', run: this.runOf(existingId), bodyHash });
      }
      const full = await this.limitReached(request);
      if (full) return () => ({ kind: 'full', ...full });
      const { run_id: runId } = await this.trx
        .insertInto('runs')
        .values({ ...insertColumns(request.run, this.now), position: --this.createdAt })
        .returning('run_id')
        .executeTakeFirstOrThrow();
      if (request.idempotency) {
        await this.trx
          .insertInto('idempotency_keys')
          .values({
            user_id: request.run.userId,
            idempotency_key: request.idempotency.key,
            body_hash: request.idempotency.bodyHash,
            run_id: runId,
            created_at: this.now.getTime(),
          })
          .execute();
      }
      const row = await this.trx
        .selectFrom('runs')
        .selectAll()
        .where('run_id', '=', runId)
        .executeTakeFirstOrThrow();
      const draft = new RunDraft(runFromRow(row), [], this.now, this.policy);
      draft.change({ checkAt: new Date(this.now.getTime() + this.policy.silenceMs) });
      request.begin(draft);
      this.keep(draft);
      return () => ({ kind: 'created', run: this.runOf(runId) });
    });
  }

  /** Writes what the drafts hold; returns the changed runs in commit order. */
  async flush(lastPosition: number): Promise<CallRun[]> {
    const dirty = [...this.drafts.values()].filter((draft) => draft.dirty);
    const events = dirty.flatMap((draft) => draft.newEvents.map(eventToRow));
    for (const rows of pieces(events)) {
      await this.trx.insertInto('call_events').values(rows).execute();
    }
    const tokens = dirty.flatMap((draft) =>
      draft.newTokens.map((token) => ({
        token_hash: token.tokenHash,
        run_id: draft.run.runId,
        provider_call_id: token.providerCallId,
        expires_at: token.expiresAt.getTime(),
        redeemed_at: null,
      })),
    );
    for (const rows of pieces(tokens)) {
      await this.trx.insertInto('stream_tokens').values(rows).execute();
    }
    let position = lastPosition;
    for (const draft of dirty) {
      position += 1;
      draft.run = { ...draft.run, updatedAt: this.now, position };
    }
    await this.updateRuns(dirty.map((draft) => draft.run));
    await this.erase(dirty.filter((draft) => draft.dropPayloads).map((draft) => draft.run));
    await writeDeliveries(
      this.trx,
      dirty.flatMap((draft) => draft.moves),
      this.now,
    );
    return dirty.map((draft) => draft.run);
  }

  /**
   * All rows in one statement, since on PostgreSQL each costs a round trip. The
   * rows are there: written as inserts that meet them, because that is the form
   * of a many-row update that both stores take.
   */
  private async updateRuns(runs: CallRun[]): Promise<void> {
    const [first] = runs;
    if (!first) return;
    const moving = Object.keys(changingColumns(first)) as Array<
      keyof ReturnType<typeof changingColumns>
    >;
    await this.trx
      .insertInto('runs')
      .values(
        runs.map((run) => ({
          run_id: run.runId,
          ...lastingColumns(run),
          ...personalColumns(run),
          ...changingColumns(run),
          created_at: run.createdAt.getTime(),
        })),
      )
      .onConflict((conflict) =>
        conflict
          .column('run_id')
          .doUpdateSet((eb) =>
            Object.fromEntries(moving.map((name) => [name, eb.ref(`excluded.${name}`)])),
          ),
      )
      .execute();
  }

  /** Empties what is personal, in the row, in its events and in what was told about it. */
  private async erase(runs: CallRun[]): Promise<void> {
    for (const run of runs) {
      await this.trx
        .updateTable('runs')
        .set(personalColumns(run))
        .where('run_id', '=', run.runId)
        .execute();
      await this.trx
        .updateTable('call_events')
        .set({ payload: null })
        .where('run_id', '=', run.runId)
        .execute();
      await this.trx.deleteFrom('webhook_deliveries').where('run_id', '=', run.runId).execute();
    }
  }

  private async existing({ run, idempotency }: CreateRun): Promise<Existing | null> {
    if (idempotency) {
      const bound = await this.trx
        .selectFrom('idempotency_keys')
        .select(['run_id', 'body_hash'])
        .where('user_id', '=', run.userId)
        .where('idempotency_key', '=', idempotency.key)
        .executeTakeFirst();
      if (bound) {
        await this.load([{ runId: bound.run_id }]);
        return { runId: bound.run_id, bodyHash: bound.body_hash };
      }
    }
    if (run.providerCallId !== null) {
      const key = callKey(run.provider, run.providerCallId);
      if (!this.runIdByCall.has(key)) {
        await this.load([{ provider: run.provider, callId: run.providerCallId }]);
      }
      const runId = this.runIdByCall.get(key);
      if (runId !== undefined) return { runId, bodyHash: null };
    }
    return null;
  }

  /** Null: there is room. */
  private async limitReached({
    run,
    limits,
  }: CreateRun): Promise<{ of: 'all' | 'user'; limit: number } | null> {
    const live = await this.trx
      .selectFrom('runs')
      .select((select) => [
        select.fn.countAll<number>().as('total'),
        select.fn.count<number>('run_id').filterWhere('user_id', '=', run.userId).as('of_user'),
      ])
      .where('ended_at', 'is', null)
      .executeTakeFirstOrThrow();
    if (live.total >= limits.total) return { of: 'all', limit: limits.total };
    const perUser = limits.perUser ?? shareOf(limits.total);
    if (live.of_user < perUser) return null;
    // Asked only here, where it decides.
    const shares = limits.perUser !== null || (await this.severalUsers());
    return shares ? { of: 'user', limit: perUser } : null;
  }

  private async severalUsers(): Promise<boolean> {
    const users = await this.trx.selectFrom('users').select('user_id').limit(2).execute();
    return users.length > 1;
  }

  /** The run as this transaction leaves it. */
  private runOf(runId: number): CallRun {
    const draft = this.drafts.get(runId);
    if (!draft) throw new Error(`run ${runId} is not part of this transaction`);
    return draft.run;
  }

  private async adopt(runs: CallRun[]): Promise<void> {
    const fresh = runs.filter((run) => !this.drafts.has(run.runId));
    if (fresh.length === 0) return;
    const rows = await this.trx
      .selectFrom('call_events')
      .selectAll()
      .where(
        'run_id',
        'in',
        fresh.map((run) => run.runId),
      )
      .orderBy('event_id')
      .execute();
    for (const run of fresh) {
      const events = rows.filter((row) => row.run_id === run.runId).map(eventFromRow);
      this.keep(new RunDraft(run, events, this.now, this.policy));
    }
  }

  private keep(draft: RunDraft): void {
    this.drafts.set(draft.run.runId, draft);
    if (draft.run.providerCallId !== null) {
      this.runIdByCall.set(callKey(draft.run.provider, draft.run.providerCallId), draft.run.runId);
    }
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.broken = true;
      throw error;
    }
  }
}

function isNamed(is: ExpressionBuilder<Tables, 'runs'>, name: RunName) {
  return 'runId' in name
    ? is('run_id', '=', name.runId)
    : is.and({ provider: name.provider, provider_call_id: name.callId });
}

function callKey(provider: string, callId: string): string {
  return `${provider} ${callId}`;
}

function insertColumns(run: NewRun, now: Date) {
  return {
    ...lastingColumns(run),
    ...personalColumns(run),
    account_id: run.accountId,
    provider_call_id: run.providerCallId,
    status: 'queued',
    facts: '{}',
    duplicates_dropped: 0,
    created_at: now.getTime(),
    updated_at: now.getTime(),
  };
}
