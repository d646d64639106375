import { Injectable } from '@nestjs/common';
import { AgentRegistry } from '../../agents/agent-registry.js';
import type { CallRun } from '../../calls/ledger/call-run.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import type { RunDraft } from '../../calls/ledger/run-draft.js';
import { streamMoved } from '../../calls/streams/stream-events.js';
import {
  enterFailure,
  enterReport,
  markTold,
  type LegReport,
} from '../../calls/transfers/transfer-entries.js';
import { StreamSettings } from '../../config/settings.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { AnswerInstruction } from '../../providers/ingress.js';
import { TransferOffers } from './transfer-offers.js';
import type { ToldQuestion } from './told-question.js';

const HANGUP: AnswerInstruction = { kind: 'hangup' };

/** What a carrier that asks is answered about transfers. */
@Injectable()
export class AnswerTransfer {
  constructor(
    private readonly offers: TransferOffers,
    private readonly agents: AgentRegistry,
    private readonly streams: StreamSettings,
  ) {}

  /**
   * Takes what a question tells of the person's side.
   * @returns the answer where it is that side that asks; null where the caller's does
   */
  follow(draft: RunDraft, leg: LegReport, { question }: ToldQuestion): AnswerInstruction | null {
    if (leg.step === 'over') {
      // A call that is over concludes its transfer by itself.
      if (question.status === null || !isTerminal(question.status)) enterReport(draft, leg);
      return null;
    }
    const { run, transfers } = draft;
    const announcement = transfers.running?.order?.announce ?? null;
    const isOver = isTerminal(run.status) || run.hangupReason !== null;
    if (isOver || !enterReport(draft, leg) || announcement === null) return HANGUP;
    return { kind: 'announce', announcement };
  }

  /**
   * Gives the caller back where a carrier with a feed asks about a call that it had begun to connect
   * with a person: it has missed how that ended.
   */
  noteMissed(draft: RunDraft, { ingress }: CarrierAccount): void {
    const { otherIds, transferState } = draft.run;
    const hasBegun = otherIds.transfer !== undefined && transferState === 'told';
    if (hasBegun && ingress.transport === 'feed') enterFailure(draft, 'failed');
  }

  /** The person is to be called. */
  call(draft: RunDraft, account: CarrierAccount): AnswerInstruction {
    const { running } = draft.transfers;
    // The carrier has the instruction in its hands: it need not be told again while the person's phone rings.
    markTold(draft, (running?.order?.timeoutSeconds ?? 0) * 1_000);
    // Null: what was asked for has been erased.
    return (running && this.offers.offer(draft.run, running, account)) ?? HANGUP;
  }

  /**
   * What a caller hears who comes back and does not get another stream; null for one who does, which is
   * noted, because the carrier is being told of it.
   */
  goodbye(draft: RunDraft, account: CarrierAccount): AnswerInstruction | null {
    const { streams, run } = draft;
    if (!streams.wasGivenBack) return null;
    if (this.wouldBeginAnew(run, account)) return this.apologise(draft);
    draft.record(streamMoved({ generation: streams.generation, streamId: streams.streamId }));
    return null;
  }

  /** An agent that cannot go on would greet a caller who comes back; a sentence may take its place. */
  private wouldBeginAnew(run: CallRun, { capabilities }: CarrierAccount): boolean {
    const resumes = this.agents.find(run.agent)?.resumes === true;
    return !resumes && run.onFailure !== null && capabilities.says;
  }

  private apologise(draft: RunDraft): AnswerInstruction {
    draft.requestHangup('failed');
    // After that it is hung up, where the carrier has not done so.
    const graceMs = this.streams.graceSeconds * 1000;
    draft.change({ checkAt: new Date(draft.now.getTime() + graceMs) });
    return { kind: 'say-and-hangup', sentence: draft.run.onFailure ?? '' };
  }
}
