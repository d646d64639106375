import { Injectable } from '@nestjs/common';
import type { RecordedEvent } from '../calls/ledger/call-event.js';
import { isKnown } from '../calls/ledger/call-ids.js';
import { CallLedger } from '../calls/ledger/call-ledger.js';
import { idsOf, type CallRun } from '../calls/ledger/call-run.js';
import { DialQueue } from '../calls/dialling/dial-queue.js';
import { unlessUnavailable } from '../database/store-errors.js';
import { every, type Loop } from '../shared/every.js';
import { Log } from '../shared/logger.js';
import { LATE, within } from '../shared/within.js';

/** What became of a dial, for the code that waits for it. */
export type DialOutcome =
  | { kind: 'placed'; run: CallRun }
  | { kind: 'rejected'; run: CallRun; reason: string }
  | { kind: 'unavailable'; run: CallRun; reason: string };

/** How often the ledger is asked about dials that another instance may make. */
const LOOK_MS = 200;

export const NOT_IN_TIME = 'not dialled within 60 s';

interface Waiter {
  resolve: (outcome: DialOutcome) => void;
  reject: (reason: unknown) => void;
}

/**
 * Those who wait for dials. A dial of this instance tells them at once; what another instance
 * made of a dial stands in the ledger, which is asked while somebody waits.
 */
@Injectable()
export class DialOutcomes {
  private readonly waiting = new Map<number, Set<Waiter>>();
  /** Runs that this instance is dialling, whose outcome it will tell itself. */
  private readonly underWay = new Set<number>();
  private loop: Loop | null = null;
  private closed = false;
  private readonly noteFailed = unlessUnavailable((error) => {
    this.log.error('dial.outcome_unknown', { error });
  });

  constructor(
    private readonly ledger: CallLedger,
    private readonly queue: DialQueue,
    private readonly log: Log,
  ) {}

  /** Waits until the carrier has answered, or it is certain that it will not be asked. */
  async wait(runId: number, patienceMs: number): Promise<DialOutcome | typeof LATE> {
    const waiters = this.waiting.get(runId) ?? new Set();
    this.waiting.set(runId, waiters);
    let forget = (): void => undefined;
    const outcome = new Promise<DialOutcome>((resolve, reject) => {
      const waiter = { resolve, reject };
      waiters.add(waiter);
      forget = () => void waiters.delete(waiter);
    });
    try {
      if (this.closed) await this.look([runId]);
      else this.loop ??= this.lookOften();
      return await within(patienceMs, outcome);
    } finally {
      forget();
      if (waiters.size === 0) this.waiting.delete(runId);
    }
  }

  /** This instance dials the run now. */
  begun(runId: number): void {
    this.underWay.add(runId);
  }

  /** This instance does not dial the run any more; another one may, if it is in the queue again. */
  ended(runId: number): void {
    this.underWay.delete(runId);
  }

  /** Nothing could be recorded of a dial: those who wait for it are told why. */
  fail(runId: number, error: unknown): void {
    this.noteFailed(error);
    for (const waiter of this.waiting.get(runId) ?? []) waiter.reject(error);
  }

  /** Tells those who wait for a run, if there are any. */
  tell(outcome: DialOutcome): void {
    for (const waiter of this.waiting.get(outcome.run.runId) ?? []) waiter.resolve(outcome);
  }

  /** This instance makes no more dials: those who still wait are told what the ledger knows. */
  async close(): Promise<void> {
    this.closed = true;
    await this.loop?.stop();
    await this.look([...this.waiting.keys()]);
  }

  private lookOften(): Loop {
    const look = async (): Promise<void> => {
      const runIds = [...this.waiting.keys()].filter((runId) => !this.underWay.has(runId));
      if (runIds.length === 0) return;
      const undecided = new Set(await this.queue.undecided(runIds));
      await this.look(runIds.filter((runId) => !undecided.has(runId)));
    };
    return every(LOOK_MS, look, this.noteFailed);
  }

  private async look(runIds: readonly number[]): Promise<void> {
    for (const runId of runIds) {
      const run = await this.ledger.find({ runId });
      if (run) this.tell(outcomeOf(run, await this.ledger.events(runId)));
    }
  }
}

/** What the ledger says of a dial. A run whose carrier has not answered yet counts as placed. */
export function outcomeOf(run: CallRun, events: readonly RecordedEvent[]): DialOutcome {
  if (run.status !== 'failed' || isKnown(idsOf(run))) return { kind: 'placed', run };
  const detail = events.findLast(({ status }) => status === 'failed')?.detail ?? {};
  const { reason, provider_code: code } = detail;
  const words = typeof reason === 'string' ? reason : 'it failed';
  if (run.endReason === 'provider_rejected') {
    const named = typeof code === 'string' ? `${words} (${code})` : words;
    return { kind: 'rejected', run, reason: named };
  }
  if (run.endReason === 'queue_timeout') return { kind: 'unavailable', run, reason: NOT_IN_TIME };
  if (run.endReason === 'failed') return { kind: 'unavailable', run, reason: words };
  return { kind: 'placed', run };
}
