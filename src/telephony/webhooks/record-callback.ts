import { Injectable } from '@nestjs/common';
import type { CallEventDraft, EventOutcome } from '../../calls/ledger/call-event.js';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import type { RunName } from '../../calls/ledger/run-name.js';
import { enterReport } from '../../calls/transfers/transfer-entries.js';
import { CallMetrics } from '../../calls/call-metrics.js';
import { contradicts, isKnown } from '../../calls/ledger/call-ids.js';
import { idsOf, type CallRun } from '../../calls/ledger/call-run.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import { CallTakenError } from '../../calls/ledger/call-taken-error.js';
import type { RunDraft } from '../../calls/ledger/run-draft.js';
import { CallControl } from '../../control/call-control.js';
import { dialledAccount } from '../../control/dial-events.js';
import { Cluster } from '../../cluster/cluster.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { Told } from '../../providers/ingress.js';
import { Log } from '../../shared/logger.js';
import { timeOf, Tracer } from '../../shared/tracing/tracer.js';
import { CarrierRefusal } from './carrier-refusal.js';

/** How many events of type `other` a run keeps; a carrier's transcription reports each sentence. */
const OTHERS_KEPT = 100;

/** A carrier's report without its questions. */
export type ToldEvents = Omit<Told, 'question'>;

/** What is left to record once the question, if there was one, has been answered. */
export function eventsOf(told: Told): ToldEvents {
  return told.question === null ? told : { ...told, leg: undefined };
}

/** `abandoned`: the account was asked to dial the run, and did not; another one has it now. */
type Rejected = { status: 404 | 409; reason: string; abandoned: boolean };

/** Records a carrier's reports in the ledger. */
@Injectable()
export class RecordCallback {
  constructor(
    private readonly ledger: CallLedger,
    private readonly control: CallControl,
    private readonly cluster: Cluster,
    private readonly metrics: CallMetrics,
    private readonly tracer: Tracer,
    private readonly log: Log,
  ) {}

  /**
   * Resolves once the events are durable, so that an acknowledged event is never lost. Does nothing
   * when there are none. What is said of the person's side of a transfer is one of them.
   * @param runId from the URL; null when the URL could not carry one
   * @throws CarrierRefusal when they do not belong to this run
   * @throws StoreUnavailableError
   */
  async record(account: CarrierAccount, told: ToldEvents, runId: number | null): Promise<void> {
    if (told.events.length === 0 && !told.leg) return;
    this.cluster.assertInTouch();
    const askedAt = performance.now();
    const { ids, events, leg } = told;
    const name = runNamed(runId, account.key, ids.call);
    if (name === null) throw unnamed();
    const apply = (draft: RunDraft | null) => {
      if (!draft) return refused(404, 'run-unknown');
      if (draft.run.accountKey !== account.key) {
        return refused(404, 'run-unknown', wasAsked(draft, account));
      }
      if (contradicts(idsOf(draft.run), ids)) return refused(409, 'call-id-mismatch');
      if (told.accountId !== null && draft.run.accountId !== told.accountId) {
        return refused(409, 'account-mismatch');
      }
      draft.adoptCall(ids, told.accountId);
      if (leg) enterReport(draft, leg);
      const outcomes = events.map((event) => recordOne(draft, event));
      return { run: draft.run, outcomes, isGivenUp: draft.isGivenUp };
    };
    const result = await this.ledger.change(name, apply).catch((error: unknown) => {
      if (error instanceof CallTakenError) return refused(409, 'call-id-mismatch');
      throw error;
    });
    if ('reason' in result) {
      const isAlive = !events.some(({ status }) => status !== null && isTerminal(status));
      if (result.abandoned && isAlive && runId !== null) {
        void this.control.endAbandoned(runId, account, ids);
      }
      throw new CarrierRefusal(result.status, 'status-callback', result.reason, runId);
    }
    const { run, outcomes } = result;
    for (const [at, event] of events.entries()) {
      const outcome = outcomes[at];
      if (outcome) this.note(run, outcome, event, askedAt);
    }
    // A hang-up that was requested before the carrier's id was known. The acknowledgement does not
    // wait for it, and the reconciler repeats it.
    if (run.hangupReason !== null && run.hangupAcceptedAt === null) {
      this.control.carryOut(run).catch((error: unknown) => {
        this.log.warn('hangup.postponed', { workflow_run_id: run.runId, error });
      });
    }
    // The run was given up here, and the carrier still reports the call: it is alive.
    if (result.isGivenUp && isKnown(ids)) void this.control.endIfStray(run.runId, ids);
  }

  private note(
    run: CallRun,
    outcome: EventOutcome,
    { status, type, sequence }: CallEventDraft,
    askedAt: number,
  ): void {
    this.metrics.callbacks.add({ status: status ?? type, outcome });
    this.tracer.record({
      call: run,
      name: 'status-callback',
      kind: 'server',
      startedAt: timeOf(askedAt),
      attributes: {
        'patchbay.provider': run.provider,
        'patchbay.type': type,
        'patchbay.status': status,
        'patchbay.sequence': sequence,
        'patchbay.outcome': outcome,
      },
    });
  }
}

/** Null when neither the URL nor the carrier says which call it is about. */
function runNamed(runId: number | null, account: string, callId: string | null): RunName | null {
  if (runId !== null) return { runId };
  return callId === null ? null : { account, callId };
}

function unnamed(): CarrierRefusal {
  return new CarrierRefusal(400, 'status-callback', 'malformed', null, {
    problem: 'the call is named neither in the URL nor in the fields',
  });
}

/**
 * An event beyond the limit is acknowledged too, but events about other things must not swell the
 * call's record.
 */
function recordOne(draft: RunDraft, event: CallEventDraft): EventOutcome | null {
  if (event.type === 'other' && othersOf(draft) >= OTHERS_KEPT) return null;
  return draft.record(event);
}

function othersOf(draft: RunDraft): number {
  return draft.timeline.reduce((count, { type }) => (type === 'other' ? count + 1 : count), 0);
}

function wasAsked({ timeline }: RunDraft, { key }: CarrierAccount): boolean {
  return timeline.some((event) => dialledAccount(event) === key);
}

function refused(status: 404 | 409, reason: string, abandoned = false): Rejected {
  return { status, reason, abandoned };
}
