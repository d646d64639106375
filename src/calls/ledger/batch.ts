import type { Selectable, Transaction } from 'kysely';
import type { Engine } from '../../database/engine.js';
import type { KeptStatements } from '../../database/kept-statements.js';
import type { CallEventsTable, RunsTable, Tables } from '../../database/schema.js';
import type { CommittedRun } from './call-feed.js';
import type { CallRun, NewRun } from './call-run.js';
import { isTerminal } from './call-status.js';
import {
  CallsInProgress,
  type ConcurrencyLimits,
  type LimitReached,
} from './concurrency-limits.js';
import { DialTurns, type QueuePolicy } from '../dialling/dial-turns.js';
import { DECISIVE, eventFromRow } from './event-rows.js';
import { bindKeys, boundKeys, type BoundKey, type UserKey } from './idempotency-keys.js';
import { CallTakenError } from './call-taken-error.js';
import type { LatestRun, LatestRuns } from './latest-runs.js';
import { RunDraft, type LedgerPolicy } from './run-draft.js';
import { among, callKey, type RequeuedRun, type RunName } from './run-name.js';
import { runFromNew, runFromRow, runWith } from './run-rows.js';
import { DraftWriter } from './write-drafts.js';

export interface CreateRun {
  run: NewRun;
  /** Binds the run to a client's key in the same transaction. */
  idempotency: { key: string; bodyHash: string } | null;
  /**
   * The calls in progress are counted in the same transaction, so that a burst
   * cannot exceed the limits.
   */
  limits: ConcurrencyLimits;
  /** Puts the run into the queue of its account's dials; null: it is not dialled. */
  queue: QueuePolicy | null;
  /** Applied to the new run in the same transaction. */
  begin: (draft: RunDraft) => void;
}

/** An account that a call may go on to. */
export interface AccountRoom {
  account: string;
  /** How many calls it takes at a time; null: it has no limit of its own. */
  limit: number | null;
}

export type CreateResult =
  | { kind: 'created'; run: CallRun }
  /** Nothing was saved. */
  | ({ kind: 'full' } & LimitReached)
  /** Nothing was saved: its dial would be too far away, in so many milliseconds. */
  | { kind: 'queue-full'; waitMs: number }
  /** The carrier's call id or the idempotency key already belongs to this run. */
  | { kind: 'exists'; run: CallRun; bodyHash: string | null };

/**
 * The working set of one transaction: changes that share a commit. Each is applied
 * to the run as the previous change left it.
 */
export class Batch {
  /** A query failed, so the transaction is lost for all changes. */
  broken = false;
  private readonly drafts = new Map<number, RunDraft>();
  private readonly runIdByCall = new Map<string, number>();
  private readonly bound = new Map<string, BoundKey>();
  /** Keys that are bound with the runs that this transaction makes. */
  private readonly newlyBound: Array<UserKey & BoundKey> = [];
  /** How many runs the transaction may make, and the ids for them that are not taken yet; null: none was asked for. */
  private creations = 0;
  private runIds: number[] | null = null;
  private readonly inProgress: CallsInProgress;
  private readonly turns: DialTurns;
  private readonly writer: DraftWriter;

  constructor(
    private readonly trx: Transaction<Tables>,
    private readonly engine: Engine,
    private readonly kept: KeptStatements,
    private readonly now: Date,
    private readonly policy: LedgerPolicy,
    private readonly latest: LatestRuns | null = null,
  ) {
    this.inProgress = new CallsInProgress(trx, kept);
    this.turns = new DialTurns(trx, engine);
    this.writer = new DraftWriter(engine, kept);
  }

  /**
   * Locks everything that the batch concerns, before anything is written: the
   * cell's row if runs are made or go into a queue, then the runs in the order of
   * their ids. All processes lock in this order, so they cannot deadlock.
   */
  async load(targets: ReadonlyArray<RunName | RequeuedRun | CreateRun>): Promise<void> {
    const creations = targets.filter((target) => 'run' in target);
    this.creations = creations.length;
    if (targets.some((target) => 'run' in target || 'requeues' in target)) {
      await this.lockCreations(creations);
    }
    const names = [
      ...targets.flatMap((target) => ('run' in target ? callOf(target.run) : [target])),
      ...[...this.bound.values()].map(({ runId }) => ({ runId })),
    ];
    const unknown = names.filter((name) => !this.adoptLatest(name));
    if (unknown.length === 0) return;
    const { key, values, condition } = among(unknown);
    const rows = await this.kept.run<Selectable<RunsTable>>(this.trx, key, values, () =>
      this.engine.lock(this.trx.selectFrom('runs').selectAll().where(condition).orderBy('run_id')),
    );
    await this.adopt(rows.map(runFromRow));
  }

  /** Every run that the transaction concerns, as it leaves it. */
  left(): Iterable<LatestRun> {
    return this.drafts.values();
  }

  private adoptLatest(name: RunName): boolean {
    const latest = this.latest?.find(name);
    if (!latest) return false;
    const { run, timeline } = latest;
    if (!this.drafts.has(run.runId)) this.keep(new RunDraft(run, timeline, this.now, this.policy));
    return true;
  }

  /** Does something with the run as it is, before it is changed; null: there is none. */
  async prepare<P>(
    name: RunName,
    work: (trx: Transaction<Tables>, run: CallRun | null) => Promise<P>,
  ): Promise<P> {
    return this.guarded(() => work(this.trx, this.draftOf(name)?.run ?? null));
  }

  /** @throws CallTakenError, which concerns this change alone */
  async change<T>(name: RunName, work: (draft: RunDraft | null) => T): Promise<T> {
    const draft = this.draftOf(name);
    if (!draft) return work(null);
    // The work gets a copy, so that work which throws halfway leaves no changes behind.
    const copy = draft.copy();
    const result = work(copy);
    if (copy.run.providerCallId !== draft.run.providerCallId) await this.assertFree(copy.run);
    this.keep(copy);
    return result;
  }

  /**
   * As {@link change}; `work` may put the run into the queue of another account, and is told whether that has room.
   *
   * @param toward the account, and how many calls it takes at a time; null: as many as there are
   */
  async requeue<T>(
    name: RequeuedRun,
    toward: AccountRoom,
    work: (draft: RunDraft | null, hasRoom: boolean) => T,
  ): Promise<T> {
    const { account, limit } = toward;
    const hasRoom =
      limit === null || (await this.guarded(() => this.inProgress.hasRoomAt(account, limit)));
    const before = this.draftOf(name)?.run.accountKey;
    const result = await this.change(name, (draft) => work(draft, hasRoom));
    const after = this.draftOf(name)?.run.accountKey;
    if (before !== undefined && after !== undefined && before !== after) {
      this.inProgress.noteMoved(before, after);
    }
    return result;
  }

  /** Returns a function that gives the result, once everything is written. */
  async create(request: CreateRun): Promise<() => CreateResult> {
    return this.guarded(() => this.tryCreate(request));
  }

  /** Writes what the drafts hold; returns the changed runs in commit order. */
  async flush(): Promise<CommittedRun[]> {
    const changed = [...this.drafts.values()].filter((draft) => draft.dirty);
    // In the order in which they are written.
    const dirty = [
      ...changed.filter(({ stored }) => !stored),
      ...changed.filter(({ stored }) => stored),
    ];
    for (const draft of dirty) draft.run = runWith(draft.run, { updatedAt: this.now });
    for (const draft of dirty) {
      if (!draft.rerouted) continue;
      const { accountKey, userId } = draft.run;
      draft.dialTurn = await this.turns.force(accountKey, userId);
    }
    await this.writer.write(this.trx, dirty, this.now);
    await bindKeys(this.trx, this.newlyBound, this.now);
    await this.turns.save();
    return dirty.map(({ run, stored, moves }) => ({
      run,
      before: stored,
      began: stored === null,
      ended: moves.some((move) => !isTerminal(move.from) && isTerminal(move.run.status)),
    }));
  }

  private async tryCreate(request: CreateRun): Promise<() => CreateResult> {
    const { run, idempotency, limits, queue } = request;
    const existing = this.existing(request);
    if (existing) {
      const { runId, bodyHash } = existing;
      return () => ({ kind: 'exists', run: this.runOf(runId), bodyHash });
    }
    const full = await this.inProgress.limitReached(run, limits);
    if (full) return () => ({ kind: 'full', ...full });
    const place = queue && (await this.turns.take(run.accountKey, run.userId, queue));
    if (place?.kind === 'far') return () => ({ kind: 'queue-full', waitMs: place.waitMs });
    const runId = await this.nextRunId();
    if (idempotency) {
      const { key, bodyHash } = idempotency;
      this.newlyBound.push({ userId: run.userId, key, runId, bodyHash });
      this.bound.set(boundName(run.userId, key), { runId, bodyHash });
    }
    this.inProgress.noteMade(run);
    const made = runFromNew(runId, run, this.now);
    const draft = new RunDraft(made, [], this.now, this.policy, null);
    draft.dialTurn = place?.turn ?? null;
    draft.change({ checkAt: new Date(this.now.getTime() + this.policy.silenceMs) });
    request.begin(draft);
    this.keep(draft);
    return () => ({ kind: 'created', run: this.runOf(runId) });
  }

  private async nextRunId(): Promise<number> {
    this.runIds ??= await this.engine.runIds(this.trx, this.creations);
    const runId = this.runIds.shift();
    if (runId === undefined) throw new Error('there are more new runs than were loaded');
    return runId;
  }

  private existing({
    run,
    idempotency,
  }: CreateRun): { runId: number; bodyHash: string | null } | null {
    const bound = idempotency && this.bound.get(boundName(run.userId, idempotency.key));
    if (bound) return bound;
    if (run.providerCallId === null) return null;
    const runId = this.runIdByCall.get(callKey(run.accountKey, run.providerCallId));
    return runId === undefined ? null : { runId, bodyHash: null };
  }

  /**
   * From here on no other transaction makes a run or binds a key, so the counts and
   * lookups stay true.
   */
  private async lockCreations(creations: readonly CreateRun[]): Promise<void> {
    await this.engine.lockCreations(this.trx);
    const keys = creations.flatMap(({ run, idempotency }) =>
      idempotency ? [{ userId: run.userId, key: idempotency.key }] : [],
    );
    for (const bound of await boundKeys(this.trx, keys)) {
      this.bound.set(boundName(bound.userId, bound.key), bound);
    }
  }

  /**
   * Checks whether the call already belongs to another run, in this transaction or
   * an earlier one.
   */
  private async assertFree({ runId, accountKey, providerCallId }: CallRun): Promise<void> {
    if (providerCallId === null) return;
    const here = this.runIdByCall.get(callKey(accountKey, providerCallId));
    const owner = here ?? (await this.ownerOf(accountKey, providerCallId));
    if (owner !== undefined && owner !== runId) throw new CallTakenError(owner);
  }

  private async ownerOf(account: string, callId: string): Promise<number | undefined> {
    return this.guarded(async () => {
      const row = await this.trx
        .selectFrom('runs')
        .select('run_id')
        .where('account_key', '=', account)
        .where('provider_call_id', '=', callId)
        .executeTakeFirst();
      return row?.run_id;
    });
  }

  private draftOf(name: RunName): RunDraft | undefined {
    const runId =
      'runId' in name ? name.runId : this.runIdByCall.get(callKey(name.account, name.callId));
    return runId === undefined ? undefined : this.drafts.get(runId);
  }

  /** The run as this transaction leaves it. */
  private runOf(runId: number): CallRun {
    const draft = this.drafts.get(runId);
    if (!draft) throw new Error(`run ${runId} is not part of this transaction`);
    return draft.run;
  }

  private async adopt(runs: readonly CallRun[]): Promise<void> {
    const fresh = runs.filter((run) => !this.drafts.has(run.runId));
    if (fresh.length === 0) return;
    const ids = fresh.map((run) => run.runId);
    const rows = await this.kept.run<Selectable<CallEventsTable>>(
      this.trx,
      `events of ${ids.length}`,
      ids,
      () =>
        this.trx
          .selectFrom('call_events')
          .select(DECISIVE)
          .where('run_id', 'in', ids)
          .orderBy('event_id'),
    );
    for (const run of fresh) {
      const events = rows.filter((row) => row.run_id === run.runId).map(eventFromRow);
      this.keep(new RunDraft(run, events, this.now, this.policy));
    }
  }

  private keep(draft: RunDraft): void {
    const { runId, accountKey, providerCallId } = draft.run;
    this.drafts.set(runId, draft);
    if (providerCallId !== null) this.runIdByCall.set(callKey(accountKey, providerCallId), runId);
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

function callOf({ accountKey, providerCallId }: NewRun): RunName[] {
  return providerCallId === null ? [] : [{ account: accountKey, callId: providerCallId }];
}

function boundName(userId: number, key: string): string {
  return `${userId} ${key}`;
}
