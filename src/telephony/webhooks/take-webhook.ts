import { Injectable } from '@nestjs/common';
import {
  isMalformed,
  type AnswerInstruction,
  type Reply,
  type Told,
} from '../../providers/ingress.js';
import type { RunIds } from '../../urls/call-urls.js';
import { AnswerCall } from './answer-call.js';
import { CarrierRefusal } from './carrier-refusal.js';
import { answerIds } from './params.js';
import { eventsOf, RecordCallback } from './record-callback.js';
import type { VerifiedWebhook } from './signature-check.js';
import type { NamedRun } from './told-question.js';

const HANGUP: AnswerInstruction = { kind: 'hangup' };

/** Handles one verified request of a carrier: its events are stored, its question is answered. */
@Injectable()
export class TakeWebhook {
  constructor(
    private readonly answers: AnswerCall,
    private readonly callbacks: RecordCallback,
  ) {}

  /**
   * Resolves once everything in the request is durable, so that what is acknowledged is never lost.
   *
   * @param purpose of the path, see `WebhookIngress.routes`
   * @param runId the run that the path names; null when it names none
   * @throws CarrierRefusal when the request does not belong to this run, or is malformed
   */
  async take(webhook: VerifiedWebhook, purpose: string, runId: number | null): Promise<Reply> {
    const { account, ingress } = webhook;
    const named = namedRun(webhook, purpose, runId);
    const told = read(webhook, purpose, runId);
    // The question is first: for an inbound call it creates the run that the events are about.
    const instruction = told.question
      ? await this.answers.answer(account, { ...told, question: told.question }, named)
      : null;
    await this.callbacks.record(account, eventsOf(told), named?.runId ?? null);
    return ingress.render(instruction);
  }

  /**
   * Serves a client that wants to know whether we would answer: reads the request and does nothing.
   * The reply reveals only the form of an answer.
   *
   * @throws CarrierRefusal when the request is malformed
   */
  check(webhook: VerifiedWebhook, purpose: string, runId: number | null): Reply {
    namedRun(webhook, purpose, runId);
    const { question } = read(webhook, purpose, runId);
    return webhook.ingress.render(question ? HANGUP : null);
  }
}

/**
 * An answer URL names the run in its query, with all of its ids; every other URL names it in its
 * path, if at all.
 */
function namedRun(
  webhook: VerifiedWebhook,
  purpose: string,
  runId: number | null,
): NamedRun | null {
  if (purpose !== 'answer') return runId === null ? null : { runId };
  const ids: RunIds | null | string = answerIds(webhook.query);
  if (typeof ids === 'string') throw malformed(ids, purpose, null);
  return ids;
}

function read({ ingress, request }: VerifiedWebhook, purpose: string, runId: number | null): Told {
  const told = ingress.read(request, purpose);
  if (isMalformed(told)) throw malformed(told.malformed, purpose, runId);
  return told;
}

function malformed(problem: string, purpose: string, runId: number | null): CarrierRefusal {
  const surface = purpose === 'answer' ? 'answer' : 'status-callback';
  return new CarrierRefusal(400, surface, 'malformed', runId, { problem });
}
