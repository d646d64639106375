import { Injectable } from '@nestjs/common';
import { CallLimits } from '../../calls/ledger/call-limits.js';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import { CallTakenError } from '../../calls/ledger/call-taken-error.js';
import { isTerminal, type CallStatus } from '../../calls/ledger/call-status.js';
import { LiveSessions } from '../../calls/streams/live-sessions.js';
import { Refusals } from '../../calls/refusals.js';
import type { RunDraft } from '../../calls/ledger/run-draft.js';
import type { RunName } from '../../calls/ledger/run-name.js';
import { Cluster } from '../../cluster/cluster.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { AnswerInstruction, AnswerRequest } from '../../providers/ingress.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { Draining } from '../../shared/draining.js';
import { claimKeys, parseParty } from '../../shared/party.js';
import { timeOf, Tracer } from '../../shared/tracing/tracer.js';
import { Workflows, type Workflow } from '../../tenants/workflows.js';
import { PublicOrigin } from '../../urls/public-origin.js';
import { mintToken } from '../../urls/stream-token.js';
import { AnswerTransfer } from './answer-transfer.js';
import { decideAnswer } from './decide-answer.js';
import { inboundRun } from './inbound-run.js';
import { Perform } from './perform.js';
import { StreamOffers } from './stream-offers.js';
import { mismatchOf, noteAnswer, type NamedRun, type ToldQuestion } from './told-question.js';

const HANGUP: AnswerInstruction = { kind: 'hangup' };

/** The carrier's instruction, and the run that it is about; null when no run may be named. */
interface Answered {
  instruction: AnswerInstruction;
  run: CallRun | null;
  /** The carrier has its instruction, so none is given once more. */
  isRepeated?: boolean;
}

/** Where a new call goes. */
interface Place {
  workflow: Workflow;
  publicOrigin: string;
}

/** Why it goes nowhere, for the operator, and what the carrier is told. */
interface NoPlace {
  /** Null: nothing is wrong, there is no room now. */
  reason: string | null;
  instruction: AnswerInstruction;
}

const REJECT: AnswerInstruction = { kind: 'reject', busy: false };
const REJECT_BUSY: AnswerInstruction = { kind: 'reject', busy: true };
/**
 * After a request that reports the end of the call, its callback has this long before the carrier
 * is asked.
 */
const ASK_SOON_MS = 1_000;
/** Decides what a carrier does with a call. */
@Injectable()
export class AnswerCall {
  constructor(
    private readonly ledger: CallLedger,
    private readonly sessions: LiveSessions,
    private readonly refusals: Refusals,
    private readonly workflows: Workflows,
    private readonly providers: ProviderRegistry,
    private readonly origin: PublicOrigin,
    private readonly limits: CallLimits,
    private readonly draining: Draining,
    private readonly cluster: Cluster,
    private readonly offers: StreamOffers,
    private readonly transfers: AnswerTransfer,
    private readonly perform: Perform,
    private readonly tracer: Tracer,
  ) {}

  /**
   * @param named the run that the URL names; null: the carrier's own id leads to it, or it is a new
   *   call
   * @throws StoreUnavailableError
   */
  async answer(
    account: CarrierAccount,
    told: ToldQuestion,
    named: NamedRun | null,
  ): Promise<AnswerInstruction> {
    this.cluster.assertInTouch();
    const askedAt = performance.now();
    const {
      instruction,
      run,
      isRepeated = false,
    } = named
      ? await this.answerRun(account, told, named)
      : await this.answerInbound(account, told);
    if (run) this.trace(run, told.question, instruction, askedAt);
    // Carriers that take instructions through their API receive it here; all others receive it in
    // the reply.
    const given = isRepeated || (await this.perform.give(account, run, told, instruction));
    return given ? instruction : HANGUP;
  }

  private trace(
    run: CallRun,
    request: AnswerRequest,
    instruction: AnswerInstruction,
    askedAt: number,
  ): void {
    this.tracer.record({
      call: run,
      name: 'answer',
      kind: 'server',
      startedAt: timeOf(askedAt),
      attributes: {
        'patchbay.provider': run.provider,
        'patchbay.direction': run.direction,
        'patchbay.status': request.status,
        'patchbay.instruction': instruction.kind,
      },
    });
  }

  private async answerRun(
    account: CarrierAccount,
    told: ToldQuestion,
    named: NamedRun,
  ): Promise<Answered> {
    const token = mintToken();
    const answer = (draft: RunDraft | null): Answered => {
      const mismatch = mismatchOf(draft, account, told, named);
      if (!draft || mismatch) return this.refuse(mismatch ?? 'run-unknown', named.runId);
      return this.instruct(draft, account, told, token);
    };
    return this.ledger.change({ runId: named.runId }, answer).catch((error: unknown) => {
      if (error instanceof CallTakenError) return this.refuse('call-id-mismatch', named.runId);
      throw error;
    });
  }

  /**
   * A repeated request leads to the run that the first one made. Most calls are new, so this is
   * noticed when the run is made, and looked for only where none will be.
   */
  private async answerInbound(account: CarrierAccount, told: ToldQuestion): Promise<Answered> {
    if (told.ids.call === null) return this.refuse('run-unknown', null);
    const token = mintToken();
    const known = { account: account.key, callId: told.ids.call };
    const place = await this.placeFor(account, told);
    if ('workflow' in place) return this.admit(account, told, known, place, token);
    // A look costs less than a commit.
    const isKnown = await this.ledger.findBrief(known);
    const answered = isKnown && (await this.answerKnown(account, told, known, token));
    return answered ?? this.refuseNew(place);
  }

  /** Who takes a new call, or why nobody does. */
  private async placeFor(
    account: CarrierAccount,
    { question, accountId }: ToldQuestion,
  ): Promise<Place | NoPlace> {
    if (question.direction !== 'inbound') return { reason: 'run-unknown', instruction: HANGUP };
    // The call of a subaccount: under our account, the carrier would not know it when we hang up or
    // ask.
    if (accountId !== null && accountId !== account.accountId) {
      return { reason: 'account-mismatch', instruction: HANGUP };
    }
    if (!this.providers.mayCall(account)) {
      return { reason: 'account-disabled', instruction: REJECT };
    }
    // The called party may be an address that contains a claimed number.
    const called = claimKeys(parseParty(question.to));
    const workflow = await this.workflows.answering(account.key, called);
    if (!workflow) return { reason: 'number-not-claimed', instruction: REJECT };
    const publicOrigin = await this.originFor(account);
    // The call is refused before it is answered, and so before it costs anything. One whose stream
    // another instance may get is not.
    const isLast = this.draining.active && !this.cluster.hasReadyOther;
    if (publicOrigin === null || isLast) return { reason: null, instruction: REJECT_BUSY };
    return { workflow, publicOrigin };
  }

  private refuseNew({ reason, instruction }: NoPlace): Answered {
    if (reason !== null) this.note(reason, null);
    return { instruction, run: null };
  }

  private async answerKnown(
    account: CarrierAccount,
    told: ToldQuestion,
    name: RunName,
    token: string,
  ): Promise<Answered | null> {
    return this.ledger.change(name, (draft) => {
      if (!draft) return null;
      const mismatch = mismatchOf(draft, account, told);
      return mismatch
        ? this.refuse(mismatch, draft.run.runId)
        : this.instruct(draft, account, told, token);
    });
  }

  private async admit(
    account: CarrierAccount,
    told: ToldQuestion,
    known: { account: string; callId: string },
    { workflow, publicOrigin }: Place,
    token: string,
  ): Promise<Answered> {
    const { question } = told;
    let answered: Answered = { instruction: HANGUP, run: null };
    const result = await this.ledger.create({
      run: inboundRun(account, { callId: known.callId, question }, workflow, publicOrigin),
      idempotency: null,
      limits: { perAccount: this.providers.limitOf(account), ...this.limits.now() },
      queue: null,
      begin: (draft) => {
        answered = this.instruct(draft, account, told, token);
      },
    });
    if (result.kind === 'created') return answered;
    const earlier =
      result.kind === 'exists' ? await this.answerKnown(account, told, known, token) : null;
    return earlier ?? { instruction: REJECT_BUSY, run: null };
  }

  /** Decides, and records in the same transaction what the request itself reports. */
  private instruct(
    draft: RunDraft,
    account: CarrierAccount,
    told: ToldQuestion,
    token: string,
  ): Answered {
    draft.adoptCall(told.ids, told.accountId);
    const ofPerson = told.leg ? this.transfers.follow(draft, told.leg, told) : null;
    if (!told.leg) noteAnswer(draft, told.question);
    const instruction = ofPerson ?? this.decide(draft, account, told.question.status, token);
    return { instruction, run: draft.run, isRepeated: isRepetition(account, draft, told) };
  }

  private decide(
    draft: RunDraft,
    account: CarrierAccount,
    status: CallStatus | null,
    token: string,
  ): AnswerInstruction {
    this.transfers.noteMissed(draft, account);
    const { run } = draft;
    const live = this.sessions.find(run.runId) !== null;
    const decision = decideAnswer(run, draft.streams, live, status, draft.now);
    switch (decision) {
      case 'stream':
        return (
          this.transfers.goodbye(draft, account) ??
          this.offers.offer(draft, account, token) ??
          HANGUP
        );
      case 'transfer':
        return this.transfers.call(draft, account);
      case 'apologise':
        return account.capabilities.says
          ? { kind: 'say-and-hangup', sentence: run.onFailure ?? '' }
          : HANGUP;
      case 'give-up':
        draft.requestHangup('stream_lost');
        return HANGUP;
      case 'hangup':
        if (!isTerminal(run.status)) {
          draft.change({ checkAt: new Date(draft.now.getTime() + ASK_SOON_MS) });
        }
        return HANGUP;
      default:
        return decision satisfies never;
    }
  }

  /** Null when no address is known and the carrier needs one; empty when it needs none. */
  private async originFor(account: CarrierAccount): Promise<string | null> {
    const source = this.origin.of(account);
    const known = source.peek();
    if (known !== null || !account.capabilities.needsPublicUrl) return known ?? '';
    return source.current();
  }

  private refuse(reason: string, runId: number | null): Answered {
    this.note(reason, runId);
    return { instruction: HANGUP, run: null };
  }

  private note(reason: string, runId: number | null): void {
    this.refusals.note({ surface: 'answer', reason, httpStatus: 200, runId });
  }
}

/**
 * A carrier that takes instructions through its API asks about a call once, before its first stream; whatever
 * follows it is told of our own accord. So it repeats a question that came later, whichever instance got the first.
 */
function isRepetition(
  { ingress }: CarrierAccount,
  draft: RunDraft,
  { leg }: ToldQuestion,
): boolean {
  const isInstructed = ingress.transport === 'webhook' && ingress.perform !== undefined;
  return isInstructed && !leg && draft.streams.state !== null;
}
