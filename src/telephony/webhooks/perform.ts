import { Inject, Injectable } from '@nestjs/common';
import { callEvent } from '../../calls/ledger/call-event.js';
import { joined, type CallIds } from '../../calls/ledger/call-ids.js';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import { idsOf, type CallRun } from '../../calls/ledger/call-run.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import { LiveSessions } from '../../calls/streams/live-sessions.js';
import { CallControl } from '../../control/call-control.js';
import type { EndCallResult } from '../../providers/calls-port.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { AnswerInstruction, AnswerRequest, DoResult } from '../../providers/ingress.js';
import { Log } from '../../shared/logger.js';
import { LATE, within } from '../../shared/within.js';
import type { ToldQuestion } from './told-question.js';
import { AnnouncedSounds } from './announced-sounds.js';

/**
 * In milliseconds. A webhook is answered afterwards, and needs its reply within 3 s; after a message
 * of a feed only the caller waits.
 */
const WITHIN_MS = { webhook: 2_500, feed: 10_000 };
const TOO_LATE: DoResult = { kind: 'failed', message: 'the carrier takes too long' };
const UNABLE: DoResult = {
  kind: 'failed',
  message: 'the carrier takes no instructions by its API',
};

/** Gives instructions to carriers that take them through their API. */
@Injectable()
export class Perform {
  constructor(
    private readonly ledger: CallLedger,
    private readonly sessions: LiveSessions,
    private readonly control: CallControl,
    @Inject(AnnouncedSounds) private readonly sounds: Pick<AnnouncedSounds, 'addTo'>,
    private readonly log: Log,
  ) {}

  /**
   * Returns true for carriers that read the instruction in our reply: nothing needs to be done. For
   * the others it returns whether the instruction succeeded. A stream that could not be started
   * ends the run, and the call at the carrier; one that began all the same does not, and if it is
   * gone since it is followed by another like any stream that is lost.
   *
   * @param run null when the call is not ours and is refused
   * @param told what arrived with the question, and the question
   */
  async give(
    account: CarrierAccount,
    run: CallRun | null,
    told: ToldQuestion,
    instruction: AnswerInstruction,
  ): Promise<boolean> {
    if (!account.ingress.perform) return true;
    // The question is a repetition: the call's stream is here already.
    if (run && instruction.kind === 'stream' && this.sessions.find(run.runId)) return true;
    const ids = run ? joined(idsOf(run), told.ids) : told.ids;
    const failure = await this.carryOut(account, run, ids, instruction, told.question);
    if (failure === null) return true;
    return run !== null && instruction.kind === 'stream' && !(await this.fail(run, ids, failure));
  }

  /** Connects a call to a stream once more, in place of one that is gone. Never throws. */
  async again(
    account: CarrierAccount,
    run: CallRun,
    instruction: AnswerInstruction,
  ): Promise<EndCallResult> {
    const failure = await this.carryOut(account, run, idsOf(run), instruction, null);
    if (failure === null) return { kind: 'accepted' };
    // It may have arrived all the same, and two streams of one call are one too many.
    return { kind: 'failed', message: failure, retryable: false };
  }

  /**
   * Returns why the carrier did not take the instruction; null when it did, and also when only a
   * later list of the feed will tell.
   */
  private async carryOut(
    { ingress }: CarrierAccount,
    run: CallRun | null,
    ids: CallIds,
    instruction: AnswerInstruction,
    asked: AnswerRequest | null,
  ): Promise<string | null> {
    const whole = await this.sounds.addTo(instruction, run);
    const work = ingress.perform?.(whole, ids, asked) ?? UNABLE;
    const given = await within(WITHIN_MS[ingress.transport], Promise.resolve(work));
    const result = given === LATE ? TOO_LATE : given;
    if (result.kind === 'done') return null;
    this.log.warn('instruction.failed', {
      workflow_run_id: run?.runId ?? null,
      instruction: instruction.kind,
      reason: result.message,
    });
    return result.kind === 'lost' ? null : result.message;
  }

  /** @returns whether the run has failed, which it has not where its stream began meanwhile */
  private async fail(run: CallRun, ids: CallIds, reason: string): Promise<boolean> {
    const hasFailed = await this.ledger.change({ runId: run.runId }, (draft) => {
      if (draft && draft.streams.generation > run.streamGeneration) return false;
      if (!draft || isTerminal(draft.run.status)) return true;
      // A carrier that tells the end of the answered call afterwards does not know why it ended.
      draft.requestHangup('stream_lost');
      draft.record(
        callEvent({
          type: 'status',
          source: 'api',
          status: 'failed',
          endReason: 'failed',
          detail: { instruction: 'stream', reason },
        }),
      );
      return true;
    });
    if (hasFailed) await this.control.endIfStray(run.runId, ids);
    return hasFailed;
  }
}
