import { callNamed, type CallIds } from '../../calls/ledger/call-ids.js';
import type { AnswerInstruction } from '../answer-instruction.js';
import { describe, NOT_THEIRS } from '../api-failure.js';
import {
  CallsPort,
  type CarrierCall,
  type DialResult,
  type EndCallResult,
  type LookUpResult,
  type PlaceCall,
  type SearchResult,
} from '../calls-port.js';
import type { TelnyxApi } from '../telnyx/api.js';
import { isId } from '../telnyx/client-state.js';
import { dialFailureOf, isOver } from '../telnyx/client.js';
import { statusFrom } from '../twilio/fields.js';
import { renderTexml } from './answer.js';
import type { TexmlAccount } from './texml.settings.js';

const UNNAMED = { kind: 'failed', message: 'the call has no id yet', retryable: true } as const;
/** Telnyx's limits, in seconds; a call that is to be shorter is ended by us. */
const RING = { min: 5, max: 120 };
const LENGTH = { min: 30, max: 14_400 };

/** TeXML's calls. A dial may be answered without the call's id: its first webhook then brings it. */
export class TexmlCalls extends CallsPort {
  private readonly calls: string;

  constructor(
    private readonly account: Pick<TexmlAccount, 'accountSid' | 'applicationSid'>,
    private readonly api: TelnyxApi,
  ) {
    super();
    this.calls = `/Accounts/${account.accountSid}/Calls`;
  }

  async place(call: PlaceCall): Promise<DialResult> {
    const { urls } = call;
    if (!urls) return { kind: 'unreachable', message: 'there is no public address to call back' };
    const json = {
      ApplicationSid: this.account.applicationSid,
      To: call.to,
      From: call.from,
      Url: urls.answer,
      UrlMethod: 'POST',
      StatusCallback: urls.events,
      StatusCallbackMethod: 'POST',
      StatusCallbackEvent: 'initiated ringing answered completed',
      Timeout: Math.min(RING.max, Math.max(RING.min, call.ringTimeoutSeconds)),
      TimeLimit: Math.min(LENGTH.max, Math.max(LENGTH.min, call.maxDurationSeconds)),
    };
    const outcome = await this.api.texml('POST', this.calls, { json });
    if (outcome.kind !== 'done') return dialFailureOf(outcome);
    const { sid, call_sid: callSid } = outcome.data;
    const id = [sid, callSid].find(isId);
    const { status: httpStatus } = outcome;
    return id === undefined
      ? { kind: 'unknown', message: 'the reply names no call', httpStatus }
      : { kind: 'accepted', ids: callNamed(id), accountId: this.account.accountSid, httpStatus };
  }

  end({ call }: CallIds): Promise<EndCallResult> {
    return this.update(call, { Status: 'completed' });
  }

  override redirect({ call }: CallIds, instruction: AnswerInstruction): Promise<EndCallResult> {
    return this.update(call, { Texml: renderTexml(instruction).body });
  }

  async lookUp({ call }: CallIds): Promise<LookUpResult> {
    if (call === null) return UNNAMED;
    const outcome = await this.api.texml('GET', this.pathOf(call));
    if (outcome.kind === 'done') {
      const found = carrierCall(outcome.data, call);
      return found ? { kind: 'found', call: found } : { kind: 'failed', message: NOT_THEIRS };
    }
    return isOver(outcome) ? { kind: 'not-found' } : { kind: 'failed', message: describe(outcome) };
  }

  /** That its list has calls that are under way is not documented. */
  search(): Promise<SearchResult> {
    return Promise.resolve({ kind: 'unsupported' });
  }

  private async update(
    call: string | null,
    form: Readonly<Record<string, string>>,
  ): Promise<EndCallResult> {
    if (call === null) return UNNAMED;
    const outcome = await this.api.texml('POST', this.pathOf(call), { form });
    if (outcome.kind === 'done') return { kind: 'accepted' };
    if (isOver(outcome)) return { kind: 'already-ended' };
    return {
      kind: 'failed',
      message: describe(outcome),
      retryable: outcome.kind !== 'refused',
    };
  }

  private pathOf(call: string): string {
    return `${this.calls}/${encodeURIComponent(call)}`;
  }
}

function carrierCall(data: Readonly<Record<string, unknown>>, callId: string): CarrierCall | null {
  const text = (name: string): string | null => {
    const value = data[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const providerStatus = text('status') ?? '';
  const status = statusFrom(providerStatus);
  if (status === null || text('sid') !== callId) return null;
  const date = (name: string): Date | null => {
    const millis = Date.parse(text(name) ?? '');
    return Number.isNaN(millis) ? null : new Date(millis);
  };
  const duration = Number.parseInt(text('duration') ?? '', 10);
  return {
    callId,
    accountId: text('account_sid'),
    status,
    providerStatus,
    direction: data['direction'] === 'inbound' ? 'inbound' : 'outbound',
    from: text('from') ?? '',
    to: text('to') ?? '',
    createdAt: date('date_created'),
    startedAt: date('start_time'),
    endedAt: date('end_time'),
    durationSeconds: Number.isNaN(duration) ? null : duration,
    answeredBy: text('answered_by'),
    price: text('price'),
    priceUnit: text('price_unit'),
  };
}
