import type { Transaction } from 'kysely';
import { Injectable } from '@nestjs/common';
import { callEvent, type CallEventDraft } from '../../calls/ledger/call-event.js';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import { idsOf, type CallRun, type PassedTo } from '../../calls/ledger/call-run.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import { HANDOVER_VERSION, type Arrival, type Handover } from '../../calls/streams/handover.js';
import { Handovers } from '../../calls/streams/handovers.js';
import { StreamOwners, type OwnedStream } from '../../calls/streams/stream-owners.js';
import { StreamTokens, type Redemption } from '../../calls/streams/stream-tokens.js';
import { Instance } from '../../cluster/instance.js';
import { StreamSettings } from '../../config/settings.js';
import { CallControl } from '../../control/call-control.js';
import type { Tables } from '../../database/schema.js';
import type { StartMessage } from '../../providers/media-dialect.js';
import { hashToken, isTokenShaped } from '../../urls/stream-token.js';
import { Log } from '../../shared/logger.js';
import { Tracer } from '../../shared/tracing/tracer.js';
import { CloseCode } from './close-codes.js';
import { MEDIA_LIMITS } from './limits.js';
import { enterPassOn, type PassOnRefusal } from './pass-on-entry.js';
import { refused, type StartRefusal } from './start-refusal.js';
import type { Dropped, Start } from './stream-start.js';
import { enterEnd, enterMove, enterStart, type EndEntry, type Entered } from './stream-entries.js';
import type { StreamSummary } from './stream-summary.js';
import { traceStream } from './trace-stream.js';

/** A `start` whose token was spent, and the generation of its call's newest stream at that moment. */
export interface Claim {
  kind: 'claimed';
  seen: number;
  /** Whether there is an older stream at another instance, which did not say that it has it. */
  isUnanswered?: boolean;
}

/** A stream that has begun; `run` is what its later writes are made with, since it carries the stream's generation. */
export interface Begun {
  kind: 'begun';
  run: CallRun;
  /** What an earlier stream of the call left; null on the first one. */
  arrival: Arrival | null;
}

/** How a stream's end is written down. */
export interface EndOptions {
  /** What it leaves to the stream that goes on with the call; null: nothing. */
  handover: Handover | null;
  /** Called once, when the end is durable; what must follow at the carrier comes after it. */
  committed: () => void;
}

/** What a stream's beginning and end mean for the call. */
@Injectable()
export class StreamLedger {
  constructor(
    private readonly ledger: CallLedger,
    private readonly tokens: StreamTokens,
    private readonly handovers: Handovers,
    private readonly owners: StreamOwners,
    private readonly control: CallControl,
    private readonly settings: StreamSettings,
    private readonly tracer: Tracer,
    private readonly instance: Instance,
    private readonly log: Log,
  ) {}

  /**
   * Begins a stream of a call that has no other: decides about the `start` as {@link claim} does,
   * spends its token and writes down the beginning in one commit. Where there is an older stream, which
   * must be asked first, nothing was done (`older`): then come {@link claim} and {@link begin}.
   *
   * @throws StoreUnavailableError
   */
  async open(start: Start): Promise<Begun | StartRefusal | Dropped | { kind: 'older' }> {
    const { runId, streamId, take } = start;
    const instance = this.instance.id;
    const opened = await this.ledger.changeAfter(
      { runId },
      (trx, run) => this.checkFirst(trx, run, start),
      (draft, checked) => {
        if (checked.kind !== 'free') return checked;
        return take() ?? enterStart(draft, { streamId, seen: checked.seen, instance });
      },
    );
    if (opened.kind === 'over') return this.refuseEnded(opened.run);
    if (opened.kind !== 'entered') return opened;
    const { run } = opened;
    const arrival = run.streamGeneration > 1 ? await this.arrivalOf(opened) : null;
    return { kind: 'begun', run, arrival };
  }

  private async checkFirst(
    trx: Transaction<Tables>,
    run: CallRun | null,
    { runId, message, tokenSpent, hasOlder }: Start,
  ) {
    if (!run || !isOf(run, message)) return refused(CloseCode.NotThisCall, 'not-this-call');
    if (isTerminal(run.status)) return { kind: 'over', run } as const;
    if (hasOlder() || this.owners.elsewhere(run)) return { kind: 'older' } as const;
    const refusal = tokenSpent
      ? null
      : await this.spend(message, (hash, callId) => this.tokens.redeemIn(trx, hash, runId, callId));
    return refusal ?? ({ kind: 'free', seen: run.streamGeneration } as const);
  }

  private refuseEnded(run: CallRun): StartRefusal {
    void this.control.endIfStray(run.runId, idsOf(run));
    return refused(CloseCode.Ended, 'call-ended');
  }

  /**
   * Decides about a `start`: the call's ids first, as far as the carrier gives them (a foreign call spends no
   * token), then the token, then a stream of the call that another instance has: one that carries audio is not
   * taken over.
   *
   * @param tokenSpent whether the token was part of the path, and was redeemed before the 101
   * @throws StoreUnavailableError
   */
  async claim(
    runId: number,
    start: StartMessage,
    tokenSpent = false,
  ): Promise<Claim | StartRefusal> {
    const run = await this.ledger.find({ runId });
    if (!run || !isOf(run, start)) return refused(CloseCode.NotThisCall, 'not-this-call');
    if (isTerminal(run.status)) return this.refuseEnded(run);
    const refusal = tokenSpent
      ? null
      : await this.spend(start, (hash, callId) => this.tokens.redeem(hash, runId, callId));
    if (refusal) return refusal;
    const seen = run.streamGeneration;
    const older = this.owners.elsewhere(run);
    if (!older) return { kind: 'claimed', seen };
    const agoMs = await this.owners.audioAgoMs(older);
    if (agoMs !== null && agoMs < MEDIA_LIMITS.livelyMs) {
      return refused(CloseCode.AnotherStream, 'possible-replay');
    }
    return { kind: 'claimed', seen, isUnanswered: agoMs === null };
  }

  private async spend(
    { token, callId }: StartMessage,
    redeem: (tokenHash: string, callId: string | null) => Promise<Redemption>,
  ): Promise<StartRefusal | null> {
    if (token === null || !isTokenShaped(token)) {
      return refused(CloseCode.TokenRefused, 'token-missing');
    }
    const redemption = await redeem(hashToken(token), callId);
    if (redemption === 'redeemed') return null;
    return refused(CloseCode.TokenRefused, `token-${redemption}`);
  }

  /**
   * Writes down the beginning of a stream, the call's newest from now on. It is
   * refused when the call is over meanwhile, and when another instance began a
   * stream of this call since the claim: of two, one wins. Between two of this
   * instance its sessions have decided already, in the order of these calls.
   *
   * Resolves when an older stream at another instance has fallen silent, or its instance does not answer.
   * @throws StoreUnavailableError
   */
  async begin(runId: number, streamId: string, claim: Claim): Promise<Begun | StartRefusal> {
    const { seen, isUnanswered = false } = claim;
    const instance = this.instance.id;
    const entry = await this.ledger.change({ runId }, (draft) => {
      const older = draft && this.owners.elsewhere(draft.run);
      const start = enterStart(draft, { streamId, seen, instance });
      return start.kind === 'refused' ? start : { ...start, older };
    });
    if (entry.kind === 'refused') return entry;
    const { run, older } = entry;
    const [arrival] = await Promise.all([
      run.streamGeneration > 1 ? this.arrivalOf(entry) : null,
      older && this.fence(older, isUnanswered),
    ]);
    return { kind: 'begun', run, arrival };
  }

  /** Never throws: without what was left, the agent begins anew. */
  private async arrivalOf(entry: Entered): Promise<Arrival> {
    const { run, failedTransfer } = entry;
    const gapMs = entry.gapMs ?? 0;
    try {
      const left = await this.handovers.before(run.runId, run.streamGeneration);
      const { handover = null, reason = 'lost' } = left ?? {};
      return { handover, reason, gapMs, failedTransfer };
    } catch (error) {
      this.log.warn('handover.not_read', { workflow_run_id: run.runId, error });
      return { handover: null, reason: 'lost', gapMs, failedTransfer };
    }
  }

  /** An owner that did not answer a moment ago is told, and not waited for again: the caller hears the pause. */
  private async fence(older: OwnedStream, isUnanswered: boolean): Promise<void> {
    const told = this.owners.fence(older).catch((error: unknown) => {
      this.log.warn('stream.older_not_told', { workflow_run_id: older.runId, error });
    });
    if (!isUnanswered) await told;
  }

  /**
   * Writes down the end of a stream, once however often it is told, with what it leaves to the
   * next, and sees to what must follow; nothing follows when a newer stream has begun.
   */
  async close(
    run: CallRun,
    summary: StreamSummary,
    { handover, committed }: EndOptions = NOTHING_LEFT,
  ): Promise<void> {
    const { cause } = summary;
    const entry = this.entryOf(run, summary, handover);
    const apologises = cause === 'agent-failed' && run.onFailure !== null;
    const isNewest = await this.ledger.change({ runId: run.runId }, (draft) =>
      enterEnd(draft, run.streamGeneration, entry, apologises),
    );
    committed();
    traceStream(this.tracer, run, summary);
    if (!isNewest) return;
    // With a sentence to say, the carrier's next question is answered with it; the reconciler hangs up if none comes.
    if (cause === 'agent-ended') await this.control.hangUp(run.runId, 'agent_hangup');
    if (cause === 'agent-failed' && !apologises) {
      await this.control.hangUp(run.runId, 'agent_failed');
    }
  }

  /**
   * Writes down that a call is handed over, with what its stream leaves to the next: before
   * anything is closed. Nothing is tried again here; it may be called again.
   *
   * @returns `newer`: a newer stream has the call; `over`: the call is over, or is to end
   * @throws StoreUnavailableError, although it may have been written: calling this again finds out
   */
  async handOver(
    run: CallRun,
    summary: StreamSummary,
    handover: Handover | null,
  ): Promise<'moved' | 'newer' | 'over'> {
    const { runId, streamGeneration: generation } = run;
    const entry = this.entryOf(run, summary, handover);
    const outcome = await this.ledger.change({ runId }, (draft) =>
      enterMove(draft, generation, entry),
    );
    if (outcome === 'moved') traceStream(this.tracer, run, summary);
    return outcome;
  }

  private entryOf(run: CallRun, summary: StreamSummary, handover: Handover | null): EndEntry {
    const sealed = handover && this.handovers.seal(run.runId, run.streamGeneration, handover);
    return { summary, sealed, graceMs: this.settings.graceSeconds * 1000 };
  }

  /** Stores what another process would go on from, while the stream lives. */
  async checkpoint(run: CallRun, handover: Handover): Promise<void> {
    const sealed = this.handovers.seal(run.runId, run.streamGeneration, handover);
    if (sealed) await this.handovers.checkpoint(run.runId, sealed);
  }

  /**
   * Writes down that another workflow goes on with the call on its stream, and that nothing is left for its
   * agent to go on from.
   * @returns the run as it is then, or what stands against it
   * @throws StoreUnavailableError
   */
  async passOn(
    run: CallRun,
    workflowId: number,
    workflow: PassedTo,
  ): Promise<CallRun | PassOnRefusal> {
    const { runId, streamGeneration: generation } = run;
    const { agent, agentOptions, bargeIn, bargeInSensitivity, bargeInEcho, turnSilenceMs } =
      workflow;
    const { onFailure, onResume, onWait, transferTargets } = workflow;
    const sealed = this.handovers.seal(runId, generation, nothingSaid(agent));
    const listening = { bargeIn, bargeInSensitivity, bargeInEcho, turnSilenceMs };
    const sentences = { onFailure, onResume, onWait };
    const passed = { agent, agentOptions, ...sentences, transferTargets, ...listening };
    return this.ledger.change({ runId }, (draft) =>
      enterPassOn(draft, generation, { workflowId, workflow: passed, sealed }),
    );
  }

  /** What the agent found out; all of it, since only the call's newest stream may say so. */
  async storeFacts(run: CallRun, facts: Record<string, unknown>): Promise<void> {
    await this.ledger.change({ runId: run.runId }, (draft) => {
      if (!draft || draft.run.erasedAt) return;
      if (draft.run.streamGeneration === run.streamGeneration) draft.change({ facts });
    });
  }

  /** One more fact for the timeline. */
  async note(run: CallRun, event: CallEventDraft): Promise<void> {
    await this.ledger.change({ runId: run.runId }, (draft) => {
      draft?.record(event);
    });
  }

  /**
   * Writes down that the carrier says a last sentence and then hangs up by itself. The stream ends
   * with it.
   */
  async leaveToCarrier(run: CallRun): Promise<void> {
    await this.ledger.change({ runId: run.runId }, (draft) => {
      if (!draft || isTerminal(draft.run.status)) return;
      draft.requestHangup('agent_hangup');
      const endsBy = new Date(draft.now.getTime() + SENTENCE_MS);
      draft.change({ hangupAcceptedAt: draft.now, checkAt: endsBy });
    });
  }

  /** One fact about the agent for the timeline. */
  async noteAgent(run: CallRun, detail: Record<string, unknown>): Promise<void> {
    const told = { ...detail, generation: run.streamGeneration };
    await this.ledger.change({ runId: run.runId }, (draft) => {
      draft?.record(callEvent({ type: 'agent', source: 'media', detail: told }));
    });
  }
}

/** Longer than the longest sentence takes, in milliseconds. */
const SENTENCE_MS = 60_000;

/** What an agent leaves that has neither said nor heard anything. */
function nothingSaid(agent: string): Handover {
  const rest = { tail: null, utterances: 0, heardMs: 0, tailMs: 0 };
  return { agent, version: HANDOVER_VERSION, state: null, ...rest };
}

const NOTHING_LEFT: EndOptions = { handover: null, committed: () => undefined };

/**
 * Whether a `start` is of the run's call. Ids are compared where they are given; without any, the token is the call's
 * name. A call that the run does not know yet is not its own.
 */
function isOf(run: CallRun, { callId, accountId }: StartMessage): boolean {
  if (callId !== null && run.providerCallId !== callId) return false;
  return accountId === null || accountId === run.accountId;
}
