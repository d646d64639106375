import type { Transaction } from 'kysely';
import type { Database } from '../../database/database.js';
import { withinDeadline } from '../../database/deadline.js';
import { KeptStatements } from '../../database/kept-statements.js';
import type { Tables } from '../../database/schema.js';
import { isUnavailable, isUniqueViolation } from '../../database/store-errors.js';
import type { Clock } from '../../shared/clock.js';
import { Batch, type CreateRun } from './batch.js';
import type { CallFeed } from './call-feed.js';
import type { LatestRuns } from './latest-runs.js';
import type { LedgerPolicy } from './run-draft.js';
import type { RequeuedRun, RunName } from './run-name.js';

/**
 * Does its part of a transaction and returns a function that gives the result once
 * the transaction is written.
 */
export type Step<T> = (batch: Batch) => Promise<() => T>;

interface Task {
  /**
   * Applies the task; the function it returns is called after the commit and gives
   * the caller the result.
   */
  execute(batch: Batch): Promise<() => void>;
  reject(reason: unknown): void;
  target: RunName | RequeuedRun | CreateRun;
  /**
   * When the caller is informed that the store is unavailable, by the process's
   * monotonic clock.
   */
  overdueAt: number;
}

/**
 * How often changes are applied again that clash with what another process, or a
 * transaction given up before, has just written.
 */
const CLASHES_MAX = 3;

/**
 * Group commit: changes that arrive while a commit is under way share the next
 * one. A burst of callbacks costs a few commits instead of one each, and
 * changes of one run are applied one after another, in whatever order they
 * arrive.
 */
export class CommitQueue {
  private queue: Task[] = [];
  private working: Promise<void> | null = null;
  private readonly kept = new KeptStatements();

  constructor(
    private readonly database: Database,
    private readonly feed: CallFeed,
    private readonly clock: Clock,
    private readonly policy: LedgerPolicy,
    private readonly latest: LatestRuns | null,
  ) {}

  /**
   * Resolves once the step's part is durable. The wait for earlier commits
   * counts towards its deadline too.
   *
   * @param target the run that the step changes, or the one that it makes
   */
  submit<T>(target: RunName | RequeuedRun | CreateRun, step: Step<T>): Promise<T> {
    const done = new Promise<T>((resolve, reject) => {
      const execute = async (batch: Batch) => {
        const result = await step(batch);
        return () => resolve(result());
      };
      this.queue.push({
        target,
        execute,
        reject,
        overdueAt: performance.now() + this.database.deadlineMs,
      });
      this.working ??= this.work();
    });
    return withinDeadline(done, this.database.deadlineMs);
  }

  /** Resolves when everything submitted so far is durable or has failed. */
  async drained(): Promise<void> {
    while (this.working) await this.working;
  }

  private async work(): Promise<void> {
    while (this.queue.length > 0) {
      // Changes that arrive in the same turn of the event loop share the commit. Between two
      // commits the event loop serves live calls.
      await new Promise(setImmediate);
      const now = performance.now();
      const tasks = this.queue
        .splice(0, this.database.commitSize)
        .filter((task) => task.overdueAt > now);
      if (tasks.length > 0) await this.commit(tasks);
    }
    // This happens in the same turn as the last look at the queue. Otherwise a change that arrives
    // in between would wait for the next change.
    this.working = null;
  }

  private async commit(tasks: Task[], clashes = 0): Promise<void> {
    try {
      const { tell, changed, batch } = await this.database.writeLocking((trx) =>
        this.apply(trx, tasks),
      );
      this.latest?.keep(batch.left());
      this.feed.committed(changed);
      for (const told of tell) told();
    } catch (error) {
      // It may be committed all the same.
      this.latest?.clear();
      if (isUnavailable(error)) {
        for (const task of tasks) task.reject(error);
      } else if (isUniqueViolation(error) && clashes < CLASHES_MAX) {
        // Another process was faster; the next attempt finds what it wrote.
        await this.commit(tasks, clashes + 1);
      } else if (tasks.length > 1) {
        // One of the changes cannot be stored: in a commit of its own it fails without the others.
        const half = Math.ceil(tasks.length / 2);
        await this.commit(tasks.slice(0, half));
        await this.commit(tasks.slice(half));
      } else {
        for (const task of tasks) task.reject(error);
      }
    }
  }

  private async apply(trx: Transaction<Tables>, tasks: readonly Task[]) {
    this.latest?.begin();
    try {
      return await this.applyAll(trx, tasks);
    } finally {
      this.latest?.end();
    }
  }

  private async applyAll(trx: Transaction<Tables>, tasks: readonly Task[]) {
    const { engine } = this.database;
    const batch = new Batch(trx, engine, this.kept, this.clock.now(), this.policy, this.latest);
    await batch.load(tasks.map(({ target }) => target));
    const tell: Array<() => void> = [];
    for (const task of tasks) {
      try {
        tell.push(await task.execute(batch));
      } catch (error) {
        if (batch.broken) throw error;
        tell.push(() => task.reject(error));
      }
    }
    return { tell, changed: await batch.flush(), batch };
  }
}
