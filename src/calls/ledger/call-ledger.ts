import type { SelectQueryBuilder, Transaction } from 'kysely';
import type { Database } from '../../database/database.js';
import { KeptStatements } from '../../database/kept-statements.js';
import type { Tables } from '../../database/schema.js';
import type { Clock } from '../../shared/clock.js';
import type { AccountRoom, CreateResult, CreateRun } from './batch.js';
import type { RecordedEvent } from './call-event.js';
import type { CallFeed } from './call-feed.js';
import type { CallRun, RunBrief } from './call-run.js';
import { CommitQueue } from './commit-queue.js';
import { eventFromRow } from './event-rows.js';
import { LatestRuns } from './latest-runs.js';
import type { LedgerPolicy, RunDraft } from './run-draft.js';
import { isNamed, valuesOf, wayTo, type RunName } from './run-name.js';
import { BRIEF_COLUMNS, briefFromRow, briefOf, runFromRow } from './run-rows.js';

type Runs = SelectQueryBuilder<Tables, 'runs', object>;

/**
 * The record of every call. Events are appended, never rewritten; a run's row
 * moves in the same transaction as the event that moved it.
 */
export class CallLedger {
  private readonly commits: CommitQueue;
  private readonly kept = new KeptStatements();
  private readonly latest: LatestRuns | null;

  constructor(
    private readonly database: Database,
    feed: CallFeed,
    clock: Clock,
    policy: LedgerPolicy,
  ) {
    this.latest = database.callWrites === null ? null : new LatestRuns(database);
    this.commits = new CommitQueue(database, feed, clock, policy, this.latest);
  }

  /** Saves a new run; resolves once it is durable. */
  async create(request: CreateRun): Promise<CreateResult> {
    return this.commits.submit(request, (batch) => batch.create(request));
  }

  /**
   * Applies `work` to a run and resolves with what it returned once the change
   * is durable; `null` instead of a draft when there is no such run.
   *
   * `work` must be synchronous and repeatable: after a failed commit it runs
   * again on the run's state at that time. What it throws rejects this change
   * alone.
   *
   * @throws CallTakenError when the change gives the run a call that belongs to
   *   another run
   */
  async change<T>(name: RunName, work: (draft: RunDraft | null) => T): Promise<T> {
    return this.commits.submit(name, async (batch) => {
      const result = await batch.change(name, work);
      return () => result;
    });
  }

  /**
   * As {@link change}, and `work` may put the run into the queue of that account (`goOnTo`), if it `hasRoom`
   * for one more call. Keeps all instances from making runs meanwhile, so it is for changes that do so.
   */
  async requeue<T>(
    runId: number,
    toward: AccountRoom,
    work: (draft: RunDraft | null, hasRoom: boolean) => T,
  ): Promise<T> {
    const name = { runId, requeues: true } as const;
    return this.commits.submit(name, async (batch) => {
      const result = await batch.requeue(name, toward, work);
      return () => result;
    });
  }

  /**
   * As {@link change}, after something else in the same transaction: what `prepare` writes is
   * durable with the change, whether or not `work` changes the run.
   *
   * @param prepare is repeatable too, gets the locked run, and throws only what its queries throw
   */
  async changeAfter<P, T>(
    name: RunName,
    prepare: (trx: Transaction<Tables>, run: CallRun | null) => Promise<P>,
    work: (draft: RunDraft | null, prepared: P) => T,
  ): Promise<T> {
    return this.commits.submit(name, async (batch) => {
      const prepared = await batch.prepare(name, prepare);
      const result = await batch.change(name, (draft) => work(draft, prepared));
      return () => result;
    });
  }

  async find(name: RunName): Promise<CallRun | null> {
    const latest = this.latest?.find(name);
    if (latest) return latest.run;
    const row = await this.look(name, 'find', (runs) => runs.selectAll());
    return row ? runFromRow(row) : null;
  }

  /** As {@link find}, for an eighth of its columns. */
  async findBrief(name: RunName): Promise<RunBrief | null> {
    const latest = this.latest?.find(name);
    if (latest) return briefOf(latest.run);
    const row = await this.look(name, 'brief', (runs) => runs.select(BRIEF_COLUMNS));
    return row ? briefFromRow(row) : null;
  }

  /**
   * The public origin under which a run was placed; null where there is no such
   * run. Reads nothing else.
   */
  async publicOriginOf(name: RunName): Promise<string | null> {
    const row = await this.look(name, 'origin', (runs) => runs.select('public_origin'));
    return row?.public_origin ?? null;
  }

  /** @param what names the columns, in the key of the text */
  private async look<Row>(
    name: RunName,
    what: string,
    select: (runs: Runs) => SelectQueryBuilder<Tables, 'runs', Row>,
  ): Promise<Row | undefined> {
    const [row] = await this.database.read((db) =>
      this.kept.run<Row>(db, `${what} by ${wayTo(name)}`, valuesOf(name), () =>
        select(db.selectFrom('runs')).where((is) => isNamed(is, name)),
      ),
    );
    return row;
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
    await this.commits.drained();
  }
}
