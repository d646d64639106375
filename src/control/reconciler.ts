import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { callEvent } from '../calls/ledger/call-event.js';
import { CallLedger } from '../calls/ledger/call-ledger.js';
import { isKnown, type CallIds } from '../calls/ledger/call-ids.js';
import { idsOf, type CallRun } from '../calls/ledger/call-run.js';
import { isTerminal, rankOf } from '../calls/ledger/call-status.js';
import { LiveRuns } from '../calls/ledger/live-runs.js';
import { attendTransfer } from '../calls/transfers/transfer-entries.js';
import { LiveSessions } from '../calls/streams/live-sessions.js';
import { Whereabouts } from '../calls/streams/whereabouts.js';
import type { RunDraft } from '../calls/ledger/run-draft.js';
import { ReconcileSettings } from '../config/settings.js';
import { unlessUnavailable } from '../database/store-errors.js';
import { Clock } from '../shared/clock.js';
import { DueWork, every, type Loop } from '../shared/every.js';
import { Log } from '../shared/logger.js';
import { CallControl } from './call-control.js';
import { LostDials } from './lost-dials.js';
import { unknownEnd } from './unknown-end.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import type { CarrierCall } from '../providers/calls-port.js';
import type { CarrierAccount } from '../providers/carrier-account.js';

/** How often the store is asked for due runs, in milliseconds; the query is one index look-up. */
const POLL_MS = 500;
const AT_ONCE = 20;
/**
 * The carrier's store lags, so for this long after a dial, or after the carrier mentioned a call,
 * we do not believe its answer that it knows no such call.
 */
const YOUNG_MS = 10_000;
/**
 * How long after the longest possible duration of a call we give it up when nobody can be asked
 * about it.
 */
const OUTLIVED_MS = 120_000;

/**
 * Asks the carrier about calls that have been silent for too long, that lost their stream, or that
 * we asked to end, and records what it says. Due work is a column of the run, so a restart finds it
 * again.
 */
@Injectable()
export class Reconciler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private loop: Loop | null = null;
  private readonly work: DueWork<CallRun>;

  constructor(
    private readonly ledger: CallLedger,
    private readonly runs: LiveRuns,
    private readonly sessions: LiveSessions,
    private readonly whereabouts: Whereabouts,
    private readonly providers: ProviderRegistry,
    private readonly control: CallControl,
    private readonly lostDials: LostDials,
    private readonly settings: ReconcileSettings,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    this.work = new DueWork({
      idOf: (run: CallRun) => run.runId,
      idField: 'workflow_run_id',
      event: 'reconcile.failed',
      attend: (run) => this.attend(run),
      postpone: (run) => this.runs.postpone(run.runId, this.afterInterval()),
      restMs: settings.intervalSeconds * 1000,
      log,
    });
  }

  onApplicationBootstrap(): void {
    this.loop = every(
      POLL_MS,
      () => this.lookOnce(),
      unlessUnavailable((error) => this.log.error('reconcile.failed', { error })),
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop?.stop();
  }

  /** One round over the runs that are due. */
  async lookOnce(): Promise<void> {
    const due = await this.runs.claimDue(this.clock.now(), AT_ONCE, this.work.resting());
    await this.work.attendEach(due);
    await this.runs.giveBack(due.map(({ runId }) => runId));
  }

  private async attend(run: CallRun): Promise<void> {
    if (isTerminal(run.status)) return this.postpone(run);
    const account = this.providers.of(run);
    const ids = idsOf(run);
    if (!isKnown(ids) && run.dialledAt === null) return this.lostDials.attendQueued(run);
    if (!account) return this.outlive(run, 'cannot be asked: its account is not configured');
    if (!isKnown(ids)) return this.lostDials.attend(run, account);
    if (await this.endOverdue(run)) return this.postpone(run);
    if (this.hearsSomething(run) && run.hangupReason === null) return this.postpone(run);
    return this.ask(run, ids, account);
  }

  private async ask(run: CallRun, ids: CallIds, account: CarrierAccount): Promise<void> {
    if (account.capabilities.lookUp === 'none') {
      await this.learn(run, null);
      return this.outlive(run, 'cannot be asked');
    }
    const answer = await account.calls.lookUp(ids);
    switch (answer.kind) {
      case 'found':
        return this.learn(run, answer.call);
      case 'alive':
        return this.learn(run, null);
      case 'ended':
        return this.endUnknown(run, 'says that it is over, not how');
      case 'not-found':
        if (this.hearsSomething(run)) return this.disbelieve(run, null);
        return this.endUnknown(run, 'does not know this call');
      case 'failed':
        this.log.warn('reconcile.unanswered', {
          workflow_run_id: run.runId,
          reason: answer.message,
        });
        return this.postpone(run);
      default:
        answer satisfies never;
    }
  }

  /** The carrier knows the limit too; this is for a carrier that does not enforce it. */
  private async endOverdue(run: CallRun): Promise<boolean> {
    const isOverdue = await this.ledger.change({ runId: run.runId }, (draft) => {
      if (!draft?.limit || draft.run.hangupReason !== null) return false;
      return this.clock.now() >= draft.limit;
    });
    if (isOverdue) await this.control.hangUp(run.runId, 'max_duration');
    return isOverdue;
  }

  private hearsSomething(run: CallRun): boolean {
    const session = this.sessions.find(run.runId);
    // Another instance that has the stream ends it when it falls silent.
    if (!session) return this.whereabouts.of(run).streaming;
    return performance.now() - session.lastAudioAt < this.settings.afterSeconds * 1000;
  }

  /**
   * Nobody can be asked about this call. If another account has replaced the call's own, the run is
   * given up when it is silent, since no news of it can reach us any more. If no account is
   * configured, one may be configured again, so the run is given up only after the longest time
   * that a call can last.
   */
  private async outlive(run: CallRun, why: string): Promise<void> {
    const account = this.providers.find(run.accountKey);
    const isReplaced = account !== null && account.accountId !== run.accountId;
    const longest = (run.ringTimeoutSeconds + run.maxDurationSeconds) * 1000 + OUTLIVED_MS;
    const isOutlived = this.clock.now().getTime() - run.createdAt.getTime() >= longest;
    if (this.hearsSomething(run) || !(isReplaced || isOutlived)) return this.postpone(run);
    await this.endUnknown(run, why);
  }

  /** @param call null where the carrier reports only that the call is alive, or nothing at all */
  private async learn(run: CallRun, call: CarrierCall | null): Promise<void> {
    const updated = await this.ledger.change({ runId: run.runId }, (draft) => {
      if (!draft) return null;
      if (call && (isTerminal(call.status) || rankOf(call.status) > rankOf(run.status))) {
        draft.record(
          callEvent({
            type: 'status',
            source: 'reconcile',
            status: call.status,
            providerStatus: call.providerStatus,
            occurredAt: isTerminal(call.status) ? call.endedAt : call.startedAt,
            durationSeconds: call.durationSeconds,
            answeredBy: call.answeredBy,
            detail: call.price === null ? {} : { price: call.price, price_unit: call.priceUnit },
            dedupeKey: `reconcile:${call.status}`,
          }),
        );
      }
      if (isTerminal(draft.run.status)) return draft.run;
      // A call that is with a person, or on the way there or back, has no stream.
      const isElsewhere = attendTransfer(draft);
      // A stream that was lost or moved while the carrier was asked has its own time to come back.
      if (!isElsewhere && draft.streams.isGone && !wasGone(run, draft)) return null;
      // The call is live at the carrier but has no stream: its stream was lost and none came back.
      if (!isElsewhere && draft.streams.isGone && !this.sessions.find(run.runId)) {
        draft.requestHangup('stream_lost');
      }
      draft.change({ checkAt: this.nextLook(draft) });
      if (draft.run.hangupReason !== null) draft.change({ hangupAcceptedAt: null });
      return draft.run;
    });
    if (updated) await this.control.carryOut(updated);
  }

  /**
   * Ends the run with an unknown reason, unless the carrier itself mentioned the call a moment ago.
   */
  private async endUnknown(run: CallRun, why: string): Promise<void> {
    const believedAt = await this.ledger.change({ runId: run.runId }, (draft) => {
      if (!draft || isTerminal(draft.run.status)) return null;
      const at = new Date(lastSignOf(draft) + YOUNG_MS);
      if (draft.now < at) return at;
      draft.record(unknownEnd(draft.run, why, 'reconcile:unknown'));
      return null;
    });
    if (believedAt) await this.disbelieve(run, believedAt);
  }

  /**
   * The carrier says that it knows no such call, and we know better. It is asked again later, also
   * to hang up, and as soon as its answer can be believed, where that time is known.
   */
  private async disbelieve(run: CallRun, believedAt: Date | null): Promise<void> {
    this.log.warn('reconcile.not_believed', { workflow_run_id: run.runId });
    const updated = await this.ledger.change({ runId: run.runId }, (draft) => {
      if (draft && draft.run.hangupReason !== null) draft.change({ hangupAcceptedAt: null });
      return draft?.run;
    });
    if (updated) await this.control.carryOut(updated);
    await this.postpone(run, believedAt);
  }

  private async postpone(run: CallRun, atTheLatest: Date | null = null): Promise<void> {
    await this.ledger.change({ runId: run.runId }, (draft) => {
      if (!draft) return;
      const next = earliest(this.nextLook(draft), atTheLatest);
      draft.change({ checkAt: isTerminal(draft.run.status) ? null : next });
    });
  }

  private nextLook(draft: RunDraft): Date {
    const limit = draft.run.hangupReason === null ? draft.limit : null;
    return earliest(this.afterInterval(), limit);
  }

  private afterInterval(): Date {
    return new Date(this.clock.now().getTime() + this.settings.intervalSeconds * 1000);
  }
}

function earliest(one: Date, other: Date | null): Date {
  return other !== null && other < one ? other : one;
}

/** Whether the call had no stream already when this work began, and none since. */
function wasGone({ streamState, streamGeneration }: CallRun, { streams }: RunDraft): boolean {
  return streamState === streams.state && streamGeneration === streams.generation;
}

/**
 * When we dialled, or when the carrier last asked or reported something about the call; by our
 * clock.
 */
function lastSignOf({ run, timeline }: RunDraft): number {
  const heard = timeline
    .filter(({ source }) => ['status-callback', 'feed', 'answer'].includes(source))
    .map(({ receivedAt }) => receivedAt);
  return Math.max(...[run.dialledAt ?? run.createdAt, ...heard].map((at) => at.getTime()));
}
