import twilio from 'twilio';
import type { CallInstance } from 'twilio/lib/rest/api/v2010/account/call.js';
import type {
  CarrierCall,
  ConfigureNumberResult,
  DialResult,
  EndCallResult,
  LookUpResult,
  PlaceCall,
  SearchResult,
} from '../telephony-provider.js';
import { apiLogin, monitorBase } from './api-access.js';
import { describe, failureOf, type Failure } from './failure.js';
import { statusFrom } from './fields.js';
import { TwilioHttp } from './http.js';
import type { TwilioAccount } from './twilio.settings.js';

/** Twilio's own limit for one request of ours, in milliseconds. A dial that takes longer is `unknown`. */
export const REQUEST_TIMEOUT_MS = 10_000;

const CALL_SID = /^CA[0-9a-fA-F]{32}$/;
/** Twilio takes these as the events of a call; `completed` covers busy, no-answer, failed and canceled. */
const STATUS_EVENTS = ['initiated', 'ringing', 'answered', 'completed'];
const MACHINE_DETECTION = { enable: 'Enable', detect_message_end: 'DetectMessageEnd' } as const;
const SEARCH_LIMIT = 50;

/** A success that speaks of something else than was asked for is not Twilio's. */
const OTHER_REPLY = "not the carrier's answer";

/** "Call is not in-progress" and "resource not found": over, or never there. */
const NOT_IN_PROGRESS = 21220;
const NOT_FOUND = 20404;

/** Twilio's own client, without its HTTP and its reading of the environment. */
export function restClient(account: TwilioAccount, http: TwilioHttp): twilio.Twilio {
  const client = twilio(account.accountSid, account.authToken, {
    accountSid: account.accountSid,
    httpClient: http as unknown as twilio.RequestClient,
  });
  // Rewrites host names by TWILIO_EDGE and TWILIO_REGION, and shortens those of more than five labels.
  client.getHostname = (hostname) => hostname;
  Object.assign(client, apiLogin(account));
  if (account.apiBaseUrl !== null) {
    client.api.baseUrl = account.apiBaseUrl;
    client.monitor.baseUrl = monitorBase(account.apiBaseUrl);
  }
  return client;
}

/** Twilio's Calls resource, through Twilio's own client. Nothing here throws, and nothing is retried. */
export class TwilioClient {
  private readonly http: TwilioHttp;
  private readonly client: twilio.Twilio;
  private readonly accountSid: string;

  constructor(account: TwilioAccount, timeoutMs: number = REQUEST_TIMEOUT_MS) {
    this.accountSid = account.accountSid;
    this.http = new TwilioHttp(timeoutMs);
    this.client = restClient(account, this.http);
  }

  async placeCall(call: PlaceCall): Promise<DialResult> {
    try {
      const { body: created, statusCode: httpStatus } = await this.client.calls.createWithHttpInfo({
        to: call.to,
        from: call.from,
        url: call.answerUrl,
        method: 'POST',
        statusCallback: call.statusCallbackUrl,
        statusCallbackMethod: 'POST',
        statusCallbackEvent: STATUS_EVENTS,
        timeout: call.ringTimeoutSeconds,
        timeLimit: call.maxDurationSeconds,
        ...(call.machineDetection
          ? {
              machineDetection: MACHINE_DETECTION[call.machineDetection],
              // The call is answered at once; the verdict follows as a callback.
              asyncAmd: 'true',
              asyncAmdStatusCallback: call.statusCallbackUrl,
              asyncAmdStatusCallbackMethod: 'POST',
            }
          : {}),
      });
      return CALL_SID.test(created.sid)
        ? {
            kind: 'accepted',
            callId: created.sid,
            accountId: created.accountSid ?? this.accountSid,
            httpStatus,
          }
        : { kind: 'unknown', message: 'the reply names no call', httpStatus };
    } catch (error) {
      return dialFailure(failureOf(error));
    }
  }

  async endCall(callId: string, ringing: boolean): Promise<EndCallResult> {
    if (!ringing) return this.setStatus(callId, 'completed');
    const canceled = await this.setStatus(callId, 'canceled');
    // Answered in this very moment: what cannot be canceled any more can be hung up.
    return canceled.kind === 'already-ended' ? this.setStatus(callId, 'completed') : canceled;
  }

  async lookUpCall(callId: string): Promise<LookUpResult> {
    try {
      const found = await this.client.calls(callId).fetch();
      if (found.sid !== callId) return { kind: 'failed', message: OTHER_REPLY };
      const call = carrierCall(found);
      return call ? { kind: 'found', call } : { kind: 'failed', message: 'unknown call status' };
    } catch (error) {
      const failure = failureOf(error);
      return failure.kind === 'refused' && failure.code === NOT_FOUND
        ? { kind: 'not-found' }
        : { kind: 'failed', message: describe(failure) };
    }
  }

  async searchCalls(query: { to: string; from: string; since: Date }): Promise<SearchResult> {
    try {
      const found = await this.client.calls.list({
        to: query.to,
        from: query.from,
        limit: SEARCH_LIMIT,
      });
      // Read before anything else is awaited: the clock that the calls' times were taken from.
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

  async configureNumber(
    number: string,
    urls: { answerUrl: string; statusCallbackUrl: string },
  ): Promise<ConfigureNumberResult> {
    try {
      // The filter also finds numbers that merely contain this one.
      const found = await this.client.incomingPhoneNumbers.list({
        phoneNumber: number,
        limit: SEARCH_LIMIT,
      });
      const owned = found.find(({ phoneNumber }) => phoneNumber === number);
      if (!owned) return { kind: 'not-found' };
      const updated = await this.client.incomingPhoneNumbers(owned.sid).update({
        // A number that belongs to an application ignores its own URLs.
        voiceApplicationSid: '',
        voiceUrl: urls.answerUrl,
        voiceMethod: 'POST',
        statusCallback: urls.statusCallbackUrl,
        statusCallbackMethod: 'POST',
      });
      if (updated.sid !== owned.sid) return { kind: 'failed', message: OTHER_REPLY };
      return { kind: 'configured' };
    } catch (error) {
      return { kind: 'failed', message: describe(failureOf(error)) };
    }
  }

  private async setStatus(
    callId: string,
    status: 'canceled' | 'completed',
  ): Promise<EndCallResult> {
    try {
      const { sid } = await this.client.calls(callId).update({ status });
      if (sid !== callId) return { kind: 'failed', message: OTHER_REPLY, retryable: true };
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

function dialFailure(failure: Failure): DialResult {
  switch (failure.kind) {
    case 'refused':
      return {
        kind: 'rejected',
        code: String(failure.code),
        message: failure.message,
        httpStatus: failure.status,
      };
    case 'throttled':
      return failure;
    case 'unreachable':
      return failure;
    case 'unanswered':
      // The call may have been created.
      return { kind: 'unknown', message: describe(failure), httpStatus: failure.status };
    default:
      return failure satisfies never;
  }
}

/** A time told by the carrier, as our own clock shows it. */
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

/** What the client cannot read as a date it passes on as it came. */
function dateOf(date: unknown): Date | null {
  return date instanceof Date && !Number.isNaN(date.getTime()) ? date : null;
}
