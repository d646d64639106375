import { Injectable } from '@nestjs/common';
import { Refusals } from '../../calls/refusals.js';
import type { CarrierAccount } from '../../providers/carrier-account.js';
import type { FeedTold } from '../../providers/ingress.js';
import { AnswerCall } from '../webhooks/answer-call.js';
import { CarrierRefusal } from '../webhooks/carrier-refusal.js';
import { eventsOf, RecordCallback } from '../webhooks/record-callback.js';

/** Repeats work until the store takes it; rejects with what else goes wrong. */
export type UntilStored = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * Handles one message of a feed as a webhook is handled: its question is answered, its events are
 * stored, and what belongs to none of our calls is a refusal.
 */
@Injectable()
export class TakeTold {
  constructor(
    private readonly answers: AnswerCall,
    private readonly callbacks: RecordCallback,
    private readonly refusals: Refusals,
  ) {}

  /**
   * Resolves once everything in the message is durable. Question and events are repeated
   * separately, so that an outage between them does not answer a question twice.
   */
  async take(account: CarrierAccount, told: FeedTold, untilStored: UntilStored): Promise<void> {
    const { question, runId } = told;
    try {
      // The question is first: for an inbound call it creates the run that the events are about.
      if (question) {
        const named = runId === null ? null : { runId };
        await untilStored(() => this.answers.answer(account, { ...told, question }, named));
      }
      await untilStored(() => this.callbacks.record(account, eventsOf(told), runId));
    } catch (error) {
      if (!(error instanceof CarrierRefusal)) throw error;
      this.refusals.note(error.record);
    }
  }
}
