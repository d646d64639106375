import { Injectable } from '@nestjs/common';
import { callEvent, type EndReason } from '../calls/ledger/call-event.js';
import { CallLedger } from '../calls/ledger/call-ledger.js';
import { callNamed, isKnown, type CallIds } from '../calls/ledger/call-ids.js';
import { idsOf, type CallRun } from '../calls/ledger/call-run.js';
import { isTerminal } from '../calls/ledger/call-status.js';
import { LiveRuns } from '../calls/ledger/live-runs.js';
import { Clock } from '../shared/clock.js';
import { Log } from '../shared/logger.js';
import { CallControl } from './call-control.js';
import type { CarrierCall } from '../providers/calls-port.js';
import type { CarrierAccount } from '../providers/carrier-account.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { adoptDialled } from './adopt-dialled.js';
import { placeRequest } from './place-request.js';

/** While a request to dial may still be under way, no other code draws a conclusion about it. */
const REQUEST_MS = 15_000;
/** Every wait in our queue ends before this. */
const QUEUE_MS = 75_000;
/**
 * The uncertainty of the carrier's times on our clock, and how late its answer to the dial may be.
 */
const CLOCK_SKEW_MS = 30_000;
const CREATED_WITHIN_MS = 60_000;
/**
 * The carrier's list lags, so "no such call" is believed only this long after the phone would have
 * stopped ringing.
 */
const LIST_LAG_MS = 60_000;
const LOOK_AGAIN_MS = 5_000;

/**
 * Finds out what became of dials whose reply was lost, as far as the carrier allows.
 *
 * A carrier that can be searched is asked for calls between the two numbers at that time. A
 * single call that fits is adopted. Between several calls none is chosen. Without any call the run
 * fails, but not before the carrier's list is reliable. A carrier that accepts our name for a dial
 * receives the same request again. For any other carrier the call's own events may identify it;
 * without them the run fails once no phone can be ringing any more.
 */
@Injectable()
export class LostDials {
  constructor(
    private readonly ledger: CallLedger,
    private readonly runs: LiveRuns,
    private readonly control: CallControl,
    private readonly providers: ProviderRegistry,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /**
   * A run that waits in our queue, or between two tries of its dial: nothing rings. Fails the run
   * when it was lost from the queue together with the process that held it.
   */
  async attendQueued(run: CallRun): Promise<void> {
    const now = this.clock.now().getTime();
    if (now - run.createdAt.getTime() >= QUEUE_MS) await this.fail(run, 'queue_timeout', {});
    else await this.lookAgain(run);
  }

  /** A run whose carrier was asked to dial and whose call has no id yet. */
  async attend(run: CallRun, account: CarrierAccount): Promise<void> {
    if (run.dialledAt === null) return this.attendQueued(run);
    const now = this.clock.now().getTime();
    const dialledAt = run.dialledAt.getTime();
    const underWay = run.status !== 'submission-unknown' && now - dialledAt < REQUEST_MS;
    if (underWay) {
      await this.lookAgain(run);
      return;
    }
    const { dialIdentity } = account.capabilities;
    switch (dialIdentity) {
      case 'search':
        return this.search(run, account, dialledAt);
      case 'own-id':
      case 'idempotency-key':
        return this.repeat(run, account, dialledAt);
      case 'none':
        return this.believe(run, dialledAt, 'cannot be asked for it');
      default:
        return dialIdentity satisfies never;
    }
  }

  /** Sends the same request again: if the first one arrived, this one rings no second phone. */
  private async repeat(run: CallRun, account: CarrierAccount, dialledAt: number): Promise<void> {
    const answer = await account.calls.place(placeRequest(run, account, this.providers));
    switch (answer.kind) {
      case 'accepted':
        return this.adopt(run, account, answer.ids, answer.accountId);
      case 'rejected':
        return this.believe(run, dialledAt, 'does not say what became of it');
      case 'throttled':
      case 'unreachable':
      case 'unknown':
        return this.unanswered(run, answer.kind);
      default:
        answer satisfies never;
    }
  }

  private async search(run: CallRun, account: CarrierAccount, dialledAt: number): Promise<void> {
    const since = new Date(dialledAt - CLOCK_SKEW_MS);
    const answer = await account.calls.search({ to: run.to, from: run.from, since });
    if (answer.kind !== 'found') {
      return this.unanswered(run, answer.kind === 'failed' ? answer.message : answer.kind);
    }
    const candidates = await this.candidates(run, answer.calls, dialledAt);
    const rivals = await this.runs.awaitingTheirCall(run.accountKey, run.to, run.from);
    const [only] = candidates;
    if (only && candidates.length === 1 && rivals <= 1) {
      await this.adopt(run, account, callNamed(only.callId), only.accountId);
    } else {
      const none = candidates.length === 0;
      await this.believe(run, dialledAt, none ? 'knows no such call' : 'knows several such calls');
    }
  }

  /**
   * Fails the run once no phone can be ringing any more and the carrier's list has had time to
   * catch up.
   */
  private async believe(run: CallRun, dialledAt: number, carrier: string): Promise<void> {
    const now = this.clock.now().getTime();
    if (now - dialledAt < run.ringTimeoutSeconds * 1000 + LIST_LAG_MS) await this.markUnknown(run);
    else await this.fail(run, 'unknown', { carrier });
  }

  private async unanswered(run: CallRun, reason: string): Promise<void> {
    this.log.warn('lost_dial.unanswered', { workflow_run_id: run.runId, reason });
    await this.lookAgain(run);
  }

  /** Calls that may be this one: placed at that time, and belonging to no other run. */
  private async candidates(
    run: CallRun,
    calls: readonly CarrierCall[],
    dialledAt: number,
  ): Promise<CarrierCall[]> {
    const free: CarrierCall[] = [];
    for (const call of calls) {
      const createdAt = call.createdAt?.getTime() ?? dialledAt;
      if (call.direction !== 'outbound' || call.accountId !== run.accountId) continue;
      if (createdAt > dialledAt + CREATED_WITHIN_MS) continue;
      const owner = await this.ledger.find({ account: run.accountKey, callId: call.callId });
      if (!owner) free.push(call);
    }
    return free;
  }

  private async adopt(
    run: CallRun,
    account: CarrierAccount,
    ids: CallIds,
    accountId: string | null,
  ): Promise<void> {
    const adopted = await this.ledger.change({ runId: run.runId }, (draft) => {
      if (!draft || isTerminal(draft.run.status)) return null;
      adoptDialled(draft, account.capabilities, ids, accountId);
      // The next look-up asks, by the call's id, what became of it in the meantime.
      draft.change({ checkAt: draft.now });
      return draft.run;
    });
    if (adopted) {
      this.log.info('lost_dial.adopted', { workflow_run_id: run.runId, call_id: ids.call });
      await this.control.carryOut(adopted);
    } else {
      // The run ended while the carrier was asked, and the call that was found may ring.
      await this.control.endIfStray(run.runId, ids);
    }
  }

  private async fail(
    run: CallRun,
    endReason: EndReason,
    detail: Record<string, unknown>,
  ): Promise<void> {
    await this.ledger.change({ runId: run.runId }, (draft) => {
      if (!draft || !isStillLost(draft.run, run)) return;
      draft.record(
        callEvent({
          type: 'status',
          source: 'reconcile',
          status: 'failed',
          endReason,
          detail,
          dedupeKey: 'reconcile:lost-dial',
        }),
      );
    });
  }

  /** After a crash in the middle of a dial, no event has recorded yet that its reply was lost. */
  private async markUnknown(run: CallRun): Promise<void> {
    await this.ledger.change({ runId: run.runId }, (draft) => {
      if (!draft || isTerminal(draft.run.status)) return;
      if (isStillLost(draft.run, run) && draft.run.status === 'queued') {
        draft.record(
          callEvent({
            type: 'status',
            source: 'reconcile',
            status: 'submission-unknown',
            dedupeKey: 'reconcile:submission-unknown',
          }),
        );
      }
      draft.change({ checkAt: new Date(draft.now.getTime() + LOOK_AGAIN_MS) });
    });
  }

  private async lookAgain(run: CallRun): Promise<void> {
    await this.ledger.change({ runId: run.runId }, (draft) => {
      draft?.change({ checkAt: new Date(draft.now.getTime() + LOOK_AGAIN_MS) });
    });
  }
}

/**
 * False when the run has changed since it was read: its first callback may just have named its
 * call, or the dialler may have asked the carrier.
 */
function isStillLost(run: CallRun, seen: CallRun): boolean {
  return (
    !isTerminal(run.status) &&
    !isKnown(idsOf(run)) &&
    run.dialledAt?.getTime() === seen.dialledAt?.getTime()
  );
}
