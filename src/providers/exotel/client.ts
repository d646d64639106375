import { callNamed, type CallIds } from '../../calls/ledger/call-ids.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import { blameOfStatus, describe, dialFailure } from '../api-failure.js';
import {
  CallsPort,
  type DialResult,
  type EndCallResult,
  type LookUpResult,
  type PlaceCall,
  type SearchResult,
} from '../calls-port.js';
import { ExotelApi } from './api.js';
import { statusOf } from './endings.js';
import type { ExotelAccount } from './exotel.settings.js';
import type { Answer } from './failure.js';
import { partyOf } from './fields.js';
import { proven } from './proof.js';

/** The longest call that Exotel takes, in seconds. */
const DURATION_MAX = 14_400;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Exotel's Calls (https://developer.exotel.com/docs/voice-v1). Nothing is retried. */
export class ExotelCalls extends CallsPort {
  private readonly api: ExotelApi;

  constructor(
    private readonly account: ExotelAccount,
    timeoutMs?: number,
  ) {
    super();
    this.api = new ExotelApi(account, timeoutMs);
  }

  /** Exotel calls `From`, and whoever answers gets the flow, whose applet asks us. */
  async place({ to, from, urls, ...call }: PlaceCall): Promise<DialResult> {
    if (!urls) return { kind: 'unreachable', message: 'there is no public address to call back' };
    const { accountSid, flowId, webhookToken } = this.account;
    const answer = await this.api.dial({
      From: to,
      CallerId: from,
      Url: `http://my.exotel.com/${accountSid}/exoml/start_voice/${flowId}`,
      CallType: 'trans',
      TimeOut: String(call.ringTimeoutSeconds),
      TimeLimit: String(Math.min(call.maxDurationSeconds, DURATION_MAX)),
      StatusCallback: proven(urls.events, webhookToken),
    });
    return this.dialled(answer);
  }

  /**
   * No request of Exotel's API ends a call. An answered one ends with its stream, which the service
   * closes; one that rings goes on until it is answered, and is then told to end.
   */
  async end(ids: CallIds, how: 'cancel' | 'hangup'): Promise<EndCallResult> {
    const found = await this.lookUp(ids);
    switch (found.kind) {
      case 'found':
        if (isTerminal(found.call.status)) return { kind: 'already-ended' };
        return how === 'hangup'
          ? { kind: 'accepted' }
          : { kind: 'failed', message: 'Exotel ends no call that rings', retryable: true };
      case 'not-found':
        return { kind: 'already-ended' };
      case 'failed':
        return { ...found, retryable: true };
      case 'alive':
      case 'ended':
        throw new Error('not among the results of a status');
      default:
        return found satisfies never;
    }
  }

  /** Times are left out: Exotel writes them without a zone. */
  async lookUp({ call }: CallIds): Promise<LookUpResult> {
    if (call === null) return { kind: 'failed', message: 'the call has no id yet' };
    const answer = await this.api.call(call);
    if (answer.kind === 'refused' && answer.status === 404) return { kind: 'not-found' };
    if (answer.kind !== 'done') return { kind: 'failed', message: describe(answer) };
    const text = (name: string): string => textOf(answer.call[name]);
    const providerStatus = text('Status');
    const direction = /^in/i.test(text('Direction')) ? 'inbound' : 'outbound';
    const duration = text('Duration');
    const [from, to] = [partyOf(text('From')), partyOf(text('To'))];
    return {
      kind: 'found',
      call: {
        callId: call,
        accountId: null,
        // `in-progress` is no proof that anybody has answered.
        status: statusOf(providerStatus) ?? 'initiated',
        providerStatus,
        direction,
        from: direction === 'inbound' ? from : partyOf(text('PhoneNumberSid')),
        to: direction === 'inbound' ? to : from,
        createdAt: null,
        startedAt: null,
        endedAt: null,
        durationSeconds: /^\d{1,7}$/.test(duration) ? Number(duration) : null,
        answeredBy: null,
        price: text('Price') || null,
        priceUnit: null,
      },
    };
  }

  search(): Promise<SearchResult> {
    return Promise.resolve({ kind: 'unsupported' });
  }

  private dialled(answer: Answer): DialResult {
    if (answer.kind !== 'done') {
      return dialFailure(answer, ({ status, code }) => ({ blame: blameOfStatus(status), code }));
    }
    const { Sid: sid } = answer.call;
    const httpStatus = answer.status;
    if (typeof sid !== 'string' || !ID.test(sid)) {
      return { kind: 'unknown', message: 'the reply names no call', httpStatus };
    }
    return {
      kind: 'accepted',
      ids: callNamed(sid),
      accountId: this.account.accountSid,
      httpStatus,
    };
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
