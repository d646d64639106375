import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { callEvent } from '../calls/call-event.js';
import { CallLedger } from '../calls/call-ledger.js';
import type { CallRun } from '../calls/call-run.js';
import { isTerminal, rankOf } from '../calls/call-status.js';
import { limitOf } from '../calls/run-unit.js';
import { LiveRuns } from '../calls/live-runs.js';
import { LiveSessions } from '../calls/live-sessions.js';
import { ReconcileSettings } from '../config/settings.js';
import { StoreUnavailableError } from '../database/store-errors.js';
import { Clock } from '../shared/clock.js';
import { Log } from '../shared/logger.js';
import { CallControl } from './call-control.js';
import { LostDials } from './lost-dials.js';
import { ProviderRegistry } from './provider-registry.js';
import type { CarrierCall } from './telephony-provider.js';

/** How often the store is asked for due runs, in milliseconds; the query is one index look-up. */
const POLL_MS = 500;
const AT_ONCE = 20;

/**
 * Asks the carrier about calls that have been silent for too long, that lost
 * their stream, or that we asked to end, and writes down what it says. Due work
 * is a column of the run, so a restart finds it again.
 */
@Injectable()
export class Reconciler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;
  private round: Promise<void> = Promise.resolve();
  private stopping = false;

  constructor(
    private readonly ledger: CallLedger,
    private readonly runs: LiveRuns,
    private readonly sessions: LiveSessions,
    private readonly providers: ProviderRegistry,
    private readonly control: CallControl,
    private readonly lostDials: LostDials,
    private readonly settings: ReconcileSettings,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    if (this.timer) clearTimeout(this.timer);
    await this.round;
  }

  private schedule(): void {
    if (this.stopping) return;
    this.timer = setTimeout(() => {
      this.round = this.lookOnce()
        .catch((error: unknown) => {
          // The store's absence is reported by whoever is asked for readiness.
          if (!(error instanceof StoreUnavailableError)) {
            this.log.error('reconcile.failed', { error });
          }
        })
        .finally(() => this.schedule());
    }, POLL_MS);
  }

  /** One round over what is due. */
  async lookOnce(): Promise<void> {
    const due = await this.runs.due(this.clock.now(), AT_ONCE);
    await Promise.all(due.map((run) => this.attend(run)));
  }

  private async attend(run: CallRun): Promise<void> {
    const provider = this.providers.find(run.provider);
    if (isTerminal(run.status) || !provider?.configured) {
      await this.postpone(run);
      return;
    }
    if (run.providerCallId === null) {
      await this.lostDials.attend(run, provider);
      return;
    }
    if (this.isOverdue(run)) {
      await this.control.hangUp(run.runId, 'max_duration');
      await this.postpone(run);
      return;
    }
    if (this.hearsSomething(run) && run.hangupReason === null) {
      await this.postpone(run);
      return;
    }
    const answer = await provider.lookUpCall(run.providerCallId);
    switch (answer.kind) {
      case 'found':
        await this.learn(run, answer.call);
        return;
      case 'not-found':
        await this.endUnknown(run);
        return;
      case 'failed':
        this.log.warn('reconcile.unanswered', {
          workflow_run_id: run.runId,
          reason: answer.message,
        });
        await this.postpone(run);
        return;
      default:
        answer satisfies never;
    }
  }

  /** The carrier was told the limit too; this is for a carrier that forgets. */
  private isOverdue(run: CallRun): boolean {
    const limit = limitOf(run);
    return limit !== null && run.hangupReason === null && this.clock.now() >= limit;
  }

  private hearsSomething(run: CallRun): boolean {
    const session = this.sessions.find(run.runId);
    const quietMs = this.settings.afterSeconds * 1000;
    return session !== null && performance.now() - session.lastAudioAt < quietMs;
  }

  private async learn(run: CallRun, call: CarrierCall): Promise<void> {
    const news = isTerminal(call.status) || rankOf(call.status) > rankOf(run.status);
    const updated = await this.ledger.change({ runId: run.runId }, (unit) => {
      if (!unit) return null;
      if (news) {
        unit.record(
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
      if (isTerminal(unit.run.status)) return unit.run;
      // Live at the carrier, but nobody hears it: its stream was lost and none came back.
      if (this.streamIsGone(unit.timeline) && !this.sessions.find(run.runId)) {
        unit.requestHangup('stream_lost');
      }
      unit.change({ checkAt: this.nextLook(unit.run) });
      if (unit.run.hangupReason !== null) unit.change({ hangupAcceptedAt: null });
      return unit.run;
    });
    if (updated) await this.control.carryOut(updated);
  }

  private streamIsGone(timeline: readonly { type: string; detail: Record<string, unknown> }[]) {
    const last = timeline.findLast((event) => event.type === 'stream' && 'stream' in event.detail);
    return last?.detail['stream'] === 'ended';
  }

  /** The carrier knows no such call: it is over, and nobody can say how. */
  private async endUnknown(run: CallRun): Promise<void> {
    await this.ledger.change({ runId: run.runId }, (unit) => {
      if (!unit || isTerminal(unit.run.status)) return;
      unit.record(
        callEvent({
          type: 'status',
          source: 'reconcile',
          status: unit.run.answeredAt ? 'completed' : 'failed',
          endReason: 'unknown',
          detail: { carrier: 'does not know this call' },
          dedupeKey: 'reconcile:unknown',
        }),
      );
    });
  }

  private async postpone(run: CallRun): Promise<void> {
    await this.ledger.change({ runId: run.runId }, (unit) => {
      if (!unit) return;
      unit.change({ checkAt: isTerminal(unit.run.status) ? null : this.nextLook(unit.run) });
    });
  }

  private nextLook(run: CallRun): Date {
    const next = new Date(this.clock.now().getTime() + this.settings.intervalSeconds * 1000);
    const limit = run.hangupReason === null ? limitOf(run) : null;
    return limit !== null && limit < next ? limit : next;
  }
}
