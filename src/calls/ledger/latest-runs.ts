import type { Database } from '../../database/database.js';
import { decisive } from './event-rows.js';
import type { RunDraft } from './run-draft.js';
import { callKey, type RunName } from './run-name.js';

/** A run and its timeline, as a commit left them. */
export type LatestRun = Pick<RunDraft, 'run' | 'timeline'>;

/** A call is changed ten times in its first second, and then seldom. */
const KEPT_MAX = 500;
/** A run with a longer timeline is read again: what is kept of a call does not grow with its length. */
const EVENTS_MAX = 50;

/**
 * The runs of the calls that were changed last, as the last durable commit left them, so that the next
 * change does not read and decode them again. Only where no other process writes to the store.
 *
 * Whatever else in this process writes to runs or timelines makes it forget all: the store counts such
 * writes, and those of the ledger's own transactions are known.
 */
export class LatestRuns {
  /** The oldest first. */
  private readonly runs = new Map<number, LatestRun>();
  private readonly runIdByCall = new Map<string, number>();
  /** The store's count while these are its runs; null: while a transaction of the ledger writes. */
  private expected: number | null = -1;

  /** @param database whose `callWrites` is not null */
  constructor(private readonly database: Pick<Database, 'callWrites'>) {}

  /** A transaction of the ledger has begun: until its {@link end} nobody else writes. */
  begin(): void {
    if (!this.areValid) this.clear();
    this.expected = null;
  }

  /** It has written everything, and is committed or rolled back now. */
  end(): void {
    this.expected = this.database.callWrites;
  }

  /** It is durable, and left these. */
  keep(latest: Iterable<LatestRun>): void {
    for (const { run, timeline } of latest) {
      this.drop(run.runId);
      if (run.endedAt !== null || timeline.length > EVENTS_MAX) continue;
      this.runs.set(run.runId, { run, timeline: timeline.map(decisive) });
      if (run.providerCallId !== null) {
        this.runIdByCall.set(callKey(run.accountKey, run.providerCallId), run.runId);
      }
      const [oldest] = this.runs.keys();
      if (this.runs.size > KEPT_MAX && oldest !== undefined) this.drop(oldest);
    }
  }

  /** Null: it must be read. */
  find(name: RunName): LatestRun | null {
    if (!this.areValid) return null;
    const runId =
      'runId' in name ? name.runId : this.runIdByCall.get(callKey(name.account, name.callId));
    return (runId !== undefined && this.runs.get(runId)) || null;
  }

  clear(): void {
    this.runs.clear();
    this.runIdByCall.clear();
  }

  private get areValid(): boolean {
    return this.expected === null || this.expected === this.database.callWrites;
  }

  private drop(runId: number): void {
    const known = this.runs.get(runId);
    if (!known) return;
    const { accountKey, providerCallId } = known.run;
    this.runs.delete(runId);
    if (providerCallId !== null) this.runIdByCall.delete(callKey(accountKey, providerCallId));
  }
}
