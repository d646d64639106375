import type { Transaction } from 'kysely';
import { STORE_DEADLINE_MS, type Database } from '../../database/database.js';
import { withinDeadline } from '../../database/deadline.js';
import type { Tables } from '../../database/schema.js';
import { isUnavailable, isUniqueViolation } from '../../database/store-errors.js';
import type { Clock } from '../../shared/clock.js';
import { Batch } from './batch.js';
import type { CallFeed } from './call-feed.js';
import type { LedgerPolicy } from './run-draft.js';
import type { RunName } from './run-name.js';

/** Does its part of a transaction and returns what tells the result once that is written. */
export type Step<T> = (batch: Batch) => Promise<() => T>;

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
 * Group commit: changes that arrive while a commit is under way share the next
 * one. A burst of callbacks costs a few commits, not one each, and changes of
 * one run are applied one after another whatever order they came in.
 */
export class CommitQueue {
  private queue: Task[] = [];
  private working: Promise<void> | null = null;
  private position: { epoch: number; last: number } | null = null;

  constructor(
    private readonly database: Database,
    private readonly feed: CallFeed,
    private readonly clock: Clock,
    private readonly policy: LedgerPolicy,
  ) {}

  /**
   * Resolves once the step's part is durable. Waiting for the commits before it
   * counts towards its deadline too.
   *
   * @param name the run that the step changes; null: one that it makes
   */
  submit<T>(name: RunName | null, step: Step<T>): Promise<T> {
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

  /** Resolves when everything submitted so far is durable or has failed. */
  async drained(): Promise<void> {
    while (this.working) await this.working;
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
