import type { Transaction } from 'kysely';
import type { Tables } from '../../database/schema.js';
import type { CallRun, NewRun } from './call-run.js';
import { limitReached, type ConcurrencyLimits, type LimitReached } from './concurrency-limits.js';
import { eventFromRow } from './event-rows.js';
import { bindKey, boundKey } from './idempotency-keys.js';
import { RunDraft, type LedgerPolicy } from './run-draft.js';
import { isAmong, type RunName } from './run-name.js';
import { rowFromNewRun, runFromRow } from './run-rows.js';
import { writeDrafts } from './write-drafts.js';

export interface CreateRun {
  run: NewRun;
  /** Binds the run to a client's key in the same transaction. */
  idempotency: { key: string; bodyHash: string } | null;
  /** Counted in the same transaction, so that no burst slips through. */
  limits: ConcurrencyLimits;
  /** Applied to the new run in the same transaction. */
  begin: (draft: RunDraft) => void;
}

export type CreateResult =
  | { kind: 'created'; run: CallRun }
  /** Nothing was saved. */
  | ({ kind: 'full' } & LimitReached)
  /** The carrier's call id, or the idempotency key, already names this run. */
  | { kind: 'exists'; run: CallRun; bodyHash: string | null };

/** The working set of one transaction: changes that share a commit, each applied to a run as the one before left it. */
export class Batch {
  /** A query failed: the transaction is lost for all. */
  broken = false;
  private readonly drafts = new Map<number, RunDraft>();
  private readonly runIdByCall = new Map<string, number>();
  private created = 0;

  constructor(
    private readonly trx: Transaction<Tables>,
    private readonly now: Date,
    private readonly policy: LedgerPolicy,
  ) {}

  async load(names: readonly RunName[]): Promise<void> {
    if (names.length === 0) return;
    const rows = await this.trx
      .selectFrom('runs')
      .selectAll()
      .where((is) => isAmong(is, names))
      .execute();
    await this.adopt(rows.map(runFromRow));
  }

  change<T>(name: RunName, work: (draft: RunDraft | null) => T): T {
    const runId =
      'runId' in name ? name.runId : this.runIdByCall.get(callKey(name.account, name.callId));
    const draft = runId === undefined ? undefined : this.drafts.get(runId);
    if (!draft) return work(null);
    // A copy, so that work which throws halfway leaves nothing behind.
    const copy = draft.copy();
    const result = work(copy);
    this.keep(copy);
    return result;
  }

  /** What it returns tells the result, once everything is written. */
  async create(request: CreateRun): Promise<() => CreateResult> {
    try {
      return await this.tryCreate(request);
    } catch (error) {
      this.broken = true;
      throw error;
    }
  }

  /** Writes what the drafts hold; returns the changed runs in commit order. */
  async flush(lastPosition: number): Promise<CallRun[]> {
    const dirty = [...this.drafts.values()].filter((draft) => draft.dirty);
    let position = lastPosition;
    for (const draft of dirty) {
      position += 1;
      draft.run = { ...draft.run, updatedAt: this.now, position };
    }
    await writeDrafts(this.trx, dirty, this.now);
    return dirty.map((draft) => draft.run);
  }

  private async tryCreate(request: CreateRun): Promise<() => CreateResult> {
    const { run, idempotency, limits } = request;
    const existing = await this.existing(request);
    if (existing) {
      return () => ({
        kind: 'exists',
        run: this.runOf(existing.runId),
        bodyHash: existing.bodyHash,
      });
    }
    const full = await limitReached(this.trx, run.userId, limits);
    if (full) return () => ({ kind: 'full', ...full });
    // Below zero until it is written with those that changed.
    const row = { ...rowFromNewRun(run, this.now), position: -(this.created += 1) };
    const { run_id } = await this.trx
      .insertInto('runs')
      .values(row)
      .returning('run_id')
      .executeTakeFirstOrThrow();
    if (idempotency) {
      const { key, bodyHash } = idempotency;
      await bindKey(this.trx, run.userId, key, { runId: run_id, bodyHash }, this.now);
    }
    const draft = new RunDraft(runFromRow({ ...row, run_id }), [], this.now, this.policy);
    draft.change({ checkAt: new Date(this.now.getTime() + this.policy.silenceMs) });
    request.begin(draft);
    this.keep(draft);
    return () => ({ kind: 'created', run: this.runOf(run_id) });
  }

  private async existing({
    run,
    idempotency,
  }: CreateRun): Promise<{ runId: number; bodyHash: string | null } | null> {
    if (idempotency) {
      const bound = await boundKey(this.trx, run.userId, idempotency.key);
      if (bound) {
        await this.load([{ runId: bound.runId }]);
        return bound;
      }
    }
    if (run.providerCallId === null) return null;
    const key = callKey(run.accountKey, run.providerCallId);
    if (!this.runIdByCall.has(key)) {
      await this.load([{ account: run.accountKey, callId: run.providerCallId }]);
    }
    const runId = this.runIdByCall.get(key);
    return runId === undefined ? null : { runId, bodyHash: null };
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
    const { runId, accountKey, providerCallId } = draft.run;
    this.drafts.set(runId, draft);
    if (providerCallId !== null) this.runIdByCall.set(callKey(accountKey, providerCallId), runId);
  }
}

function callKey(account: string, callId: string): string {
  return `${account} ${callId}`;
}
