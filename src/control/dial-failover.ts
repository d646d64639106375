import { Injectable } from '@nestjs/common';
import { CallLedger } from '../calls/ledger/call-ledger.js';
import type { CallEventDraft } from '../calls/ledger/call-event.js';
import type { CallRun } from '../calls/ledger/call-run.js';
import type { DialResult } from '../providers/calls-port.js';
import type { CarrierAccount } from '../providers/carrier-account.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { Log } from '../shared/logger.js';
import { callOff, dialEvent, isSettled, passedOverEvent, type FullAccount } from './dial-events.js';
import type { DialOutcome } from './dial-outcomes.js';
import { DialRoutes, type ChosenRoute } from './dial-routes.js';

/** The run waits in the queue of this account, and may be claimed after so many milliseconds. */
export interface Requeued {
  kind: 'requeued';
  account: CarrierAccount;
  inMs: number;
}

/** The run stays at its account. These are the accounts of its other routes that are full. */
export interface Stays {
  kind: 'stays';
  full: readonly FullAccount[];
}

/** Why an account is not asked for a call that waits there. */
export type NotAsked = 'feed-lost' | 'disabled';

const NOT_ASKED: Readonly<Record<NotAsked, DialResult>> = {
  'feed-lost': {
    kind: 'unreachable',
    message: 'the connection on which the carrier tells of calls is lost',
  },
  disabled: { kind: 'unreachable', message: 'the account was disabled' },
};

/** Passes calls on from one account to the next of their routes, where nothing can ring. */
@Injectable()
export class DialFailover {
  constructor(
    private readonly ledger: CallLedger,
    private readonly routes: DialRoutes,
    private readonly providers: ProviderRegistry,
    private readonly log: Log,
  ) {}

  /**
   * The account was asked to dial the run, or cannot be asked. In one commit the run leaves it and waits in the queue
   * of the next one, where any instance may claim it: whenever this process dies, at most one account has been asked for
   * a call that may ring.
   *
   * An account that has as many calls as it takes at a time is passed over.
   *
   * @param run as it was when the account was asked
   */
  async goOn(
    run: CallRun,
    account: CarrierAccount,
    result: DialResult,
  ): Promise<DialOutcome | Requeued | Stays> {
    const full: FullAccount[] = [];
    while (this.routes.mayGoOn(result)) {
      const next = await this.routes.next(run, new Set(full.map((one) => one.account)));
      if (!next) break;
      const limit = this.providers.limitOf(next.account);
      const changed = await this.goOnTo(next, limit, run, [
        dialEvent(account.key, result),
        ...full.map(passedOverEvent),
      ]);
      if (changed === 'full') {
        full.push({ account: next.account.key, limit: limit ?? 0 });
        continue;
      }
      if (changed.accountKey !== next.account.key) return { kind: 'placed', run: changed };
      this.log.warn('dial.went_on', {
        workflow_run_id: run.runId,
        account: account.key,
        next: next.account.key,
        reason: result.kind,
      });
      return { kind: 'requeued', account: next.account, inMs: 0 };
    }
    return { kind: 'stays', full };
  }

  private goOnTo(
    { account, fields }: ChosenRoute,
    limit: number | null,
    run: CallRun,
    story: readonly CallEventDraft[],
  ): Promise<CallRun | 'full'> {
    return this.ledger.requeue(run.runId, { account: account.key, limit }, (draft, hasRoom) => {
      if (!draft) throw new Error(`run ${run.runId} is gone`);
      if (!isSameTry(draft.run, run)) return draft.run;
      const goesOn = !isSettled(draft) && draft.run.hangupReason === null;
      if (goesOn && !hasRoom) return 'full';
      for (const event of story) draft.record(event);
      // The carrier has told of the call all the same, or the call was given up.
      if (isSettled(draft)) return draft.run;
      if (goesOn) {
        draft.goOnTo(fields);
      } else {
        draft.change({ dialledAt: null });
        callOff(draft);
      }
      return draft.run;
    });
  }

  /**
   * A run that waits for an account which cannot be asked goes on to the next of its routes.
   *
   * @returns null when it has none, or does not wait there any more
   */
  async passOn(
    runId: number,
    account: CarrierAccount,
    why: NotAsked,
  ): Promise<DialOutcome | Requeued | null> {
    const run = await this.ledger.find({ runId });
    if (!run || run.accountKey !== account.key || run.dialledAt !== null) return null;
    const result = NOT_ASKED[why];
    const outcome = await this.goOn(run, account, result);
    if (outcome.kind === 'stays') return null;
    // That somebody disabled it says nothing of how it answers.
    if (why === 'feed-lost') await this.routes.note(account, result);
    return outcome;
  }
}

/** False when another instance has dialled the run, or it has gone on already. */
function isSameTry(run: CallRun, seen: CallRun): boolean {
  return (
    run.accountKey === seen.accountKey && run.dialledAt?.getTime() === seen.dialledAt?.getTime()
  );
}
