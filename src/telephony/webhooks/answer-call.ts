import { Injectable } from '@nestjs/common';
import { callEvent } from '../../calls/ledger/call-event.js';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import { CallTakenError } from '../../calls/ledger/call-taken-error.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import { LiveSessions } from '../../calls/streams/live-sessions.js';
import { Refusals } from '../../calls/refusals.js';
import type { RunDraft } from '../../calls/ledger/run-draft.js';
import { LimitSettings, StreamSettings } from '../../config/settings.js';
import {
  isMalformed,
  type AnswerInstruction,
  type AnswerRequest,
  type TelephonyProvider,
} from '../../providers/telephony-provider.js';
import { Draining } from '../../shared/draining.js';
import { claimKeys, parseParty } from '../../shared/party.js';
import { timeOf, Tracer } from '../../shared/tracing/tracer.js';
import { PhoneNumbers } from '../../tenants/phone-numbers.js';
import { snapshotOf, Workflows, type Workflow } from '../../tenants/workflows.js';
import { actionUrl, streamUrl, type CallIds } from '../../urls/call-urls.js';
import { PublicOrigin } from '../../urls/public-origin.js';
import { hashToken, mintToken } from '../../urls/stream-token.js';
import { AnswerLoops } from './answer-loops.js';
import { CarrierRefusal } from './carrier-refusal.js';
import { decideAnswer } from './decide-answer.js';
import { answerIds } from './params.js';
import type { VerifiedWebhook } from './signature-check.js';

const HANGUP: AnswerInstruction = { kind: 'hangup' };

/** What the carrier is told, and about which call; null: about none that may be named. */
interface Answered {
  instruction: AnswerInstruction;
  run: CallRun | null;
}

const REJECT_BUSY: Answered = { instruction: { kind: 'reject', busy: true }, run: null };
/** After a request that says that the call is over, its callback is awaited this long before the carrier is asked. */
const ASK_SOON_MS = 1_000;
/** For inbound calls, where nobody chose: the same defaults as for placed ones. */
const INBOUND_RING_SECONDS = 60;
const INBOUND_MAX_SECONDS = 3_600;

/** Tells a carrier what to do with a call. */
@Injectable()
export class AnswerCall {
  constructor(
    private readonly ledger: CallLedger,
    private readonly sessions: LiveSessions,
    private readonly refusals: Refusals,
    private readonly numbers: PhoneNumbers,
    private readonly workflows: Workflows,
    private readonly origin: PublicOrigin,
    private readonly limits: LimitSettings,
    private readonly streams: StreamSettings,
    private readonly draining: Draining,
    private readonly loops: AnswerLoops,
    private readonly tracer: Tracer,
  ) {}

  /**
   * For one who wants to know whether we would answer: reads the request and
   * does nothing. What it returns tells no more than the form of an answer.
   *
   * @throws CarrierRefusal when the request makes no sense
   */
  check(webhook: VerifiedWebhook): AnswerInstruction {
    read(webhook);
    return HANGUP;
  }

  /** @throws CarrierRefusal when the request makes no sense */
  async answer(webhook: VerifiedWebhook): Promise<AnswerInstruction> {
    const askedAt = performance.now();
    const { ids, request } = read(webhook);
    const { instruction, run } = ids
      ? await this.answerRun(webhook.provider, request, ids)
      : await this.answerInbound(webhook.provider, request);
    if (run) this.trace(run, request, instruction, askedAt);
    return instruction;
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
    provider: TelephonyProvider,
    request: AnswerRequest,
    ids: CallIds,
  ): Promise<Answered> {
    const token = mintToken();
    const answer = (draft: RunDraft | null): Answered => {
      const mismatch = mismatchOf(draft, provider, request, ids);
      if (!draft || mismatch) return this.refuse(mismatch ?? 'run-unknown', ids.runId);
      return this.instruct(draft, request, token);
    };
    return this.ledger.change({ runId: ids.runId }, answer).catch((error: unknown) => {
      if (error instanceof CallTakenError) return this.refuse('call-id-mismatch', ids.runId);
      throw error;
    });
  }

  private async answerInbound(
    provider: TelephonyProvider,
    request: AnswerRequest,
  ): Promise<Answered> {
    const token = mintToken();
    // Asked again, or in parallel: the run that the first request made.
    const name = { provider: provider.name, callId: request.callId };
    const known = await this.ledger.change(name, (draft) => {
      if (!draft) return null;
      const mismatch = mismatchOf(draft, provider, request);
      return mismatch
        ? this.refuse(mismatch, draft.run.runId)
        : this.instruct(draft, request, token);
    });
    if (known) return known;
    if (request.direction !== 'inbound') return this.refuse('run-unknown', null);
    // A subaccount's: hung up or asked about under our account, the carrier would not know it.
    if (request.accountId !== provider.accountId) return this.refuse('account-mismatch', null);

    const workflow = await this.workflowFor(provider.name, request.to);
    if (!workflow) {
      this.note('number-not-claimed', null);
      return { instruction: { kind: 'reject', busy: false }, run: null };
    }
    const publicOrigin = this.origin.peek() ?? (await this.origin.current());
    // Turned away before it is answered, and so before it costs anything.
    if (publicOrigin === null || this.draining.active) return REJECT_BUSY;
    return this.admit(provider, request, workflow, publicOrigin, token);
  }

  private async admit(
    provider: TelephonyProvider,
    request: AnswerRequest,
    workflow: Workflow,
    publicOrigin: string,
    token: string,
  ): Promise<Answered> {
    let answered: Answered = { instruction: HANGUP, run: null };
    const result = await this.ledger.create({
      run: {
        workflowId: workflow.workflowId,
        userId: workflow.userId,
        direction: 'inbound',
        provider: provider.name,
        accountId: request.accountId,
        simulated: provider.simulated,
        providerCallId: request.callId,
        from: request.from,
        to: request.to,
        context: {},
        ...snapshotOf(workflow),
        publicOrigin,
        ringTimeoutSeconds: INBOUND_RING_SECONDS,
        maxDurationSeconds: INBOUND_MAX_SECONDS,
        machineDetection: null,
      },
      idempotency: null,
      limits: {
        total: this.limits.maxConcurrentCalls,
        perUser: this.limits.maxConcurrentCallsPerUser,
      },
      begin: (draft) => {
        answered = this.instruct(draft, request, token);
      },
    });
    if (result.kind === 'created') return answered;
    if (result.kind === 'full') return REJECT_BUSY;
    // A parallel request was a moment faster.
    return this.ledger.change({ runId: result.run.runId }, (draft) =>
      draft ? this.instruct(draft, request, token) : { instruction: HANGUP, run: null },
    );
  }

  /** Decides, and notes in the same transaction what the request itself tells. */
  private instruct(draft: RunDraft, request: AnswerRequest, token: string): Answered {
    draft.adoptCall(request.callId, request.accountId);
    noteAnswer(draft, request);
    return { instruction: this.decide(draft, request, token), run: draft.run };
  }

  private decide(draft: RunDraft, request: AnswerRequest, token: string): AnswerInstruction {
    const { run } = draft;
    const live = this.sessions.find(run.runId) !== null;
    const decision = decideAnswer(run, draft.streams, live, request.status, draft.now);
    switch (decision) {
      case 'stream':
        return this.connect(draft, token);
      case 'apologise':
        return { kind: 'say-and-hangup', sentence: run.onFailure ?? '' };
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

  private connect(draft: RunDraft, token: string): AnswerInstruction {
    const { run } = draft;
    if (this.loops.isLoop(run.runId, draft.now)) {
      this.note('answer-loop', run.runId);
      draft.requestHangup('stream_lost');
      return HANGUP;
    }
    draft.mintToken({
      tokenHash: hashToken(token),
      providerCallId: run.providerCallId ?? '',
      expiresAt: new Date(draft.now.getTime() + this.streams.tokenTtlSeconds * 1000),
    });
    return {
      kind: 'stream',
      streamUrl: streamUrl(run.publicOrigin, run),
      actionUrl: actionUrl(run.publicOrigin, run),
      token,
      notice: run.recording && !draft.streams.hasStreamed ? run.recordingNotice : null,
    };
  }

  /** Of the called party, which may be an address with a claimed number inside. */
  private async workflowFor(provider: string, to: string): Promise<Workflow | null> {
    const workflowId = await this.numbers.workflowFor(provider, claimKeys(parseParty(to)));
    return workflowId === null ? null : this.workflows.find(workflowId);
  }

  private refuse(reason: string, runId: number | null): Answered {
    this.note(reason, runId);
    return { instruction: HANGUP, run: null };
  }

  private note(reason: string, runId: number | null): void {
    this.refusals.note({ surface: 'answer', reason, httpStatus: 200, runId });
  }
}

/** The ids of the URL and what the carrier says. */
function read(webhook: VerifiedWebhook): { ids: CallIds | null; request: AnswerRequest } {
  const ids = answerIds(webhook.query);
  if (typeof ids === 'string') throw malformed(ids);
  const request = webhook.provider.parseAnswer(webhook.fields);
  if (isMalformed(request)) throw malformed(request.malformed);
  return { ids, request };
}

function malformed(problem: string): CarrierRefusal {
  return new CarrierRefusal(400, 'answer', 'malformed', null, { problem });
}

function mismatchOf(
  draft: RunDraft | null,
  provider: TelephonyProvider,
  request: AnswerRequest,
  ids?: CallIds,
): string | null {
  if (!draft) return 'run-unknown';
  const { run } = draft;
  if (run.provider !== provider.name) return 'run-unknown';
  if (ids && (run.workflowId !== ids.workflowId || run.userId !== ids.userId)) {
    return 'ids-mismatch';
  }
  if (run.providerCallId !== null && run.providerCallId !== request.callId) {
    return 'call-id-mismatch';
  }
  return run.accountId === request.accountId ? null : 'account-mismatch';
}

/** The first question about a call is an event of its own: outbound it means answered, inbound ringing. */
function noteAnswer(draft: RunDraft, request: AnswerRequest): void {
  if (draft.timeline.some((event) => event.source === 'answer')) return;
  const status = draft.run.direction === 'inbound' ? 'ringing' : 'answered';
  if (request.status !== status) return;
  draft.record(
    callEvent({
      type: 'status',
      source: 'answer',
      status,
      providerStatus: request.providerStatus,
      answeredBy: request.answeredBy,
      payload: request.payload,
      dedupeKey: 'answer',
    }),
  );
}
