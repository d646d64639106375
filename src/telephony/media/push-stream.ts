import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import { idsOf, type CallRun } from '../../calls/ledger/call-run.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import type { RunDraft } from '../../calls/ledger/run-draft.js';
import { streamMoved } from '../../calls/streams/stream-events.js';
import { enterFailure, takeTransfer } from '../../calls/transfers/transfer-entries.js';
import { CallControl } from '../../control/call-control.js';
import { SyncedFeeds } from '../../control/synced-feeds.js';
import type { EndCallResult } from '../../providers/calls-port.js';
import type { Capabilities } from '../../providers/capabilities.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { AnswerInstruction } from '../../providers/ingress.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { Log } from '../../shared/logger.js';
import { mintToken } from '../../urls/stream-token.js';
import { decideAnswer } from '../webhooks/decide-answer.js';
import { Perform } from '../webhooks/perform.js';
import { StreamOffers } from '../webhooks/stream-offers.js';
import { TransferOffers } from '../webhooks/transfer-offers.js';

/** A carrier that throttles or is away is told again so often, after this long. */
const ATTEMPTS = 4;
const PAUSE_MS = 1_000;

/** Whether a call can be given another stream though the carrier has not asked. */
export function canBeTold({ resumes, redirects }: Capabilities): boolean {
  return resumes === 'rest' || redirects;
}

type Next =
  | {
      kind: 'stream' | 'transfer';
      run: CallRun;
      account: CarrierAccount;
      instruction: AnswerInstruction;
    }
  /** It was lost too often. */
  | { kind: 'give-up'; run: CallRun };

/**
 * Gives a call another stream, or a person in its place, through the carrier's API, without waiting for
 * the carrier to ask: the one way to do so, whether the call is moved or transferred, its instance is
 * gone, or its stream was lost at a carrier that never asks.
 */
@Injectable()
export class PushStream implements OnApplicationShutdown {
  private readonly underWay = new Set<Promise<boolean>>();

  constructor(
    private readonly ledger: CallLedger,
    private readonly providers: ProviderRegistry,
    private readonly offers: StreamOffers,
    private readonly transfers: TransferOffers,
    private readonly feeds: SyncedFeeds,
    private readonly perform: Perform,
    private readonly control: CallControl,
    private readonly log: Log,
  ) {}

  /**
   * Does so once for each stream, however many instances call it, and only while no newer one has
   * begun: for a stream that we gave up, and for one that was lost where the carrier does not ask.
   * A call whose streams are lost too often is hung up.
   *
   * @param generation the stream in whose place there is to be another
   * @returns whether this call of it has told the carrier
   * @throws StoreUnavailableError
   */
  push(runId: number, generation: number): Promise<boolean> {
    const work = this.pushOnce(runId, generation).finally(() => this.underWay.delete(work));
    this.underWay.add(work);
    return work;
  }

  /** A carrier that was decided to be told is told, before the process ends. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }

  private async pushOnce(runId: number, generation: number): Promise<boolean> {
    const token = mintToken();
    const next = await this.ledger.change({ runId }, (draft) =>
      draft ? this.nextOf(draft, generation, token) : null,
    );
    if (!next) return false;
    if (next.kind === 'give-up') {
      await this.control.carryOut(next.run);
      return false;
    }
    return this.tell(next);
  }

  private nextOf(draft: RunDraft, generation: number, token: string): Next | null {
    const { streams, run } = draft;
    if (isTerminal(run.status) || run.hangupReason !== null) return null;
    const account = this.providers.of(run);
    if (!account || streams.generation !== generation) return null;
    if (run.transferState !== null) return this.transferOf(draft, account);
    const isLost = account.capabilities.resumes === 'rest' && streams.state === 'lost';
    if (!(streams.wasGivenUp || isLost) || !canBeTold(account.capabilities)) return null;
    if (decideAnswer(run, streams, false, null, draft.now) === 'stream') {
      draft.record(streamMoved({ generation, streamId: streams.streamId }));
      const instruction = this.offers.offer(draft, account, token);
      if (instruction) return { kind: 'stream', run, account, instruction };
    }
    draft.requestHangup('stream_lost');
    return { kind: 'give-up', run: draft.run };
  }

  /** Null: the carrier has been told, or only another instance can tell it. */
  private transferOf(draft: RunDraft, account: CarrierAccount): Next | null {
    if (!this.feeds.mayDial(account)) return null;
    const transfer = takeTransfer(draft);
    if (!transfer) return null;
    const instruction = this.transfers.offer(draft.run, transfer, account);
    if (instruction) return { kind: 'transfer', run: draft.run, account, instruction };
    enterFailure(draft, 'unreachable');
    return null;
  }

  private async tell(next: Next & { kind: 'stream' | 'transfer' }): Promise<boolean> {
    const { run, account, instruction } = next;
    const { runId } = run;
    for (let attempt = 1; ; attempt += 1) {
      const result = await this.give(account, run, instruction);
      if (result.kind === 'accepted') return true;
      if (result.kind === 'failed') {
        this.log.warn('stream.not_pushed', { workflow_run_id: runId, reason: result.message });
        if (result.retryable && attempt < ATTEMPTS) {
          await sleep(PAUSE_MS);
          continue;
        }
      }
      if (next.kind === 'transfer') {
        await this.giveBack(runId);
        return false;
      }
      // The carrier may still ask by itself; any other may have failed because the call is over.
      const mayAsk = account.capabilities.resumes === 'asked';
      if (result.kind === 'already-ended' || !mayAsk) await this.askAtOnce(runId);
      return false;
    }
  }

  /** Never throws. */
  private give(
    account: CarrierAccount,
    run: CallRun,
    instruction: AnswerInstruction,
  ): Promise<EndCallResult> {
    return account.capabilities.resumes === 'rest'
      ? this.perform.again(account, run, instruction)
      : account.calls.redirect(idsOf(run), instruction);
  }

  private async giveBack(runId: number): Promise<void> {
    await this.ledger.change({ runId }, (draft) => {
      if (!draft || isTerminal(draft.run.status)) return;
      enterFailure(draft, 'unreachable');
      // Where that was because the call is over, this finds out.
      draft.change({ checkAt: draft.now });
    });
  }

  private async askAtOnce(runId: number): Promise<void> {
    await this.ledger.change({ runId }, (draft) => {
      if (draft && !isTerminal(draft.run.status)) draft.change({ checkAt: draft.now });
    });
  }
}
