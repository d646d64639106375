import twilio from 'twilio';
import type { CallInstance } from 'twilio/lib/rest/api/v2010/account/call.js';
import { callNamed, type CallIds } from '../../calls/ledger/call-ids.js';
import { describe, dialFailure, NOT_THEIRS } from '../api-failure.js';
import {
  CallsPort,
  type CarrierCall,
  type DialResult,
  type EndCallResult,
  type LookUpResult,
  type PlaceCall,
  type SearchResult,
} from '../calls-port.js';
import type { AnswerInstruction } from '../ingress.js';
import { renderAnswer } from './answer.js';
import { blameOf } from './blame.js';
import { apiLogin, monitorBase } from './api-access.js';
import { TWILIO, type TwimlDialect } from './dialect.js';
import { failureOf } from './failure.js';
import { statusFrom } from './fields.js';
import { TwilioHttp } from './http.js';
import type { TwilioAccount } from './twilio.settings.js';

/** Twilio's own limit for one request of ours, in milliseconds. A dial that takes longer is `unknown`. */
export const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Twilio accepts these as the events of a call; `completed` covers busy, no-answer, failed and
 * canceled.
 */
const STATUS_EVENTS = ['initiated', 'ringing', 'answered', 'completed'];
const MACHINE_DETECTION = { enable: 'Enable', detect_message_end: 'DetectMessageEnd' } as const;
export const SEARCH_LIMIT = 50;

const UNNAMED = { kind: 'failed', message: 'the call has no id yet', retryable: true } as const;

/** "Call is not in-progress" and "resource not found": the call is over, or never existed. */
const NOT_IN_PROGRESS = 21220;
const NOT_FOUND = 20404;

/** The client takes an account of Twilio's alone; the account's own name follows. */
const ANY_ACCOUNT = `AC${'0'.repeat(32)}`;

/** Twilio's own client, without its HTTP and its use of the environment. */
export function restClient(account: TwilioAccount, http: TwilioHttp): twilio.Twilio {
  const client = twilio(ANY_ACCOUNT, account.authToken, {
    accountSid: ANY_ACCOUNT,
    httpClient: http as unknown as twilio.RequestClient,
  });
  client.accountSid = account.accountSid;
  // The original rewrites host names by TWILIO_EDGE and TWILIO_REGION, and shortens those of more
  // than five labels.
  client.getHostname = (hostname) => hostname;
  Object.assign(client, apiLogin(account));
  if (account.apiBaseUrl !== null) {
    client.api.baseUrl = account.apiBaseUrl;
    client.monitor.baseUrl = monitorBase(account.apiBaseUrl);
  }
  return client;
}

/**
 * Twilio's Calls resource, through Twilio's own client. Nothing here throws, and nothing is
 * retried.
 */
export class TwilioCalls extends CallsPort {
  private readonly http: TwilioHttp;
  private readonly client: twilio.Twilio;
  private readonly accountSid: string;

  constructor(
    account: TwilioAccount,
    timeoutMs: number = REQUEST_TIMEOUT_MS,
    private readonly dialect: TwimlDialect = TWILIO,
  ) {
    super();
    this.accountSid = account.accountSid;
    this.http = new TwilioHttp(timeoutMs);
    this.client = restClient(account, this.http);
  }

  async place(call: PlaceCall): Promise<DialResult> {
    const { urls } = call;
    if (!urls) {
      return { kind: 'unreachable', message: 'there is no public address to call back' };
    }
    const { addressed, callId } = this.dialect;
    const statusCallback = addressed(urls.events);
    try {
      const { body: created, statusCode: httpStatus } = await this.client.calls.createWithHttpInfo({
        to: call.to,
        from: call.from,
        url: addressed(urls.answer),
        method: 'POST',
        statusCallback,
        statusCallbackMethod: 'POST',
        statusCallbackEvent: STATUS_EVENTS,
        timeout: call.ringTimeoutSeconds,
        timeLimit: call.maxDurationSeconds,
        ...(call.machineDetection
          ? {
              machineDetection: MACHINE_DETECTION[call.machineDetection],
              // The call is answered at once; the result of the detection follows as a callback.
              asyncAmd: 'true',
              asyncAmdStatusCallback: statusCallback,
              asyncAmdStatusCallbackMethod: 'POST',
            }
          : {}),
      });
      return callId.form.test(created.sid)
        ? {
            kind: 'accepted',
            ids: callNamed(created.sid),
            accountId: created.accountSid ?? this.accountSid,
            httpStatus,
          }
        : { kind: 'unknown', message: 'the reply names no call', httpStatus };
    } catch (error) {
      return dialFailure(failureOf(error), (refusal) => ({
        blame: blameOf(refusal),
        code: String(refusal.code),
      }));
    }
  }

  async end({ call: callId }: CallIds, how: 'cancel' | 'hangup'): Promise<EndCallResult> {
    if (callId === null) return UNNAMED;
    if (how === 'hangup') return this.update(callId, { status: 'completed' });
    const canceled = await this.update(callId, { status: 'canceled' });
    // The call was just answered: a call that can no longer be canceled can be hung up.
    return canceled.kind === 'already-ended'
      ? this.update(callId, { status: 'completed' })
      : canceled;
  }

  override async redirect(
    { call: callId }: CallIds,
    instruction: AnswerInstruction,
  ): Promise<EndCallResult> {
    const { redirects } = this.dialect.differences;
    if (redirects === false) return super.redirect({ call: callId }, instruction);
    if (callId === null) return UNNAMED;
    return this.update(callId, { twiml: renderAnswer(instruction, this.dialect).body });
  }

  async lookUp({ call: callId }: CallIds): Promise<LookUpResult> {
    if (callId === null) return UNNAMED;
    try {
      const found = await this.client.calls(callId).fetch();
      if (found.sid !== callId) return { kind: 'failed', message: NOT_THEIRS };
      const call = carrierCall(found);
      return call ? { kind: 'found', call } : { kind: 'failed', message: 'unknown call status' };
    } catch (error) {
      const failure = failureOf(error);
      return failure.kind === 'refused' && failure.code === NOT_FOUND
        ? { kind: 'not-found' }
        : { kind: 'failed', message: describe(failure) };
    }
  }

  async search(query: { to: string; from: string; since: Date }): Promise<SearchResult> {
    try {
      const found = await this.client.calls.list({
        to: query.to,
        from: query.from,
        limit: SEARCH_LIMIT,
      });
      // Read before the next `await`: this must be the clock that the calls' times were taken from.
      const { aheadMs } = this.http;
      const calls = found
        .map(carrierCall)
        .filter((call) => call !== null)
        .map((call) => ({ ...call, createdAt: onOurClock(call.createdAt, aheadMs) }))
        .filter((call) => call.createdAt === null || call.createdAt >= query.since);
      return { kind: 'found', calls };
    } catch (error) {
      return { kind: 'failed', message: describe(failureOf(error)) };
    }
  }

  private async update(
    callId: string,
    change: { status: 'canceled' | 'completed' } | { twiml: string },
  ): Promise<EndCallResult> {
    try {
      const { sid } = await this.client.calls(callId).update(change);
      if (sid !== callId) return { kind: 'failed', message: NOT_THEIRS, retryable: true };
      return { kind: 'accepted' };
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind !== 'refused') {
        return { kind: 'failed', message: describe(failure), retryable: true };
      }
      return failure.code === NOT_IN_PROGRESS || failure.code === NOT_FOUND
        ? { kind: 'already-ended' }
        : { kind: 'failed', message: describe(failure), retryable: false };
    }
  }
}

/** Converts a time of the carrier's clock to our own clock. */
function onOurClock(date: Date | null, aheadMs: number | null): Date | null {
  return date && new Date(date.getTime() - (aheadMs ?? 0));
}

function carrierCall(call: CallInstance): CarrierCall | null {
  const status = statusFrom(call.status);
  if (!status) return null;
  const duration = Number.parseInt(call.duration ?? '', 10);
  return {
    callId: call.sid,
    accountId: call.accountSid,
    status,
    providerStatus: call.status,
    direction: call.direction === 'inbound' ? 'inbound' : 'outbound',
    from: call.from,
    to: call.to,
    createdAt: dateOf(call.dateCreated),
    startedAt: dateOf(call.startTime),
    endedAt: dateOf(call.endTime),
    durationSeconds: Number.isNaN(duration) ? null : duration,
    answeredBy: call.answeredBy || null,
    price: call.price || null,
    priceUnit: call.priceUnit || null,
  };
}

/** The client passes on a date that it cannot read in its original form. */
function dateOf(date: unknown): Date | null {
  return date instanceof Date && !Number.isNaN(date.getTime()) ? date : null;
}
