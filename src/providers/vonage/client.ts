import type { CallIds } from '../../calls/ledger/call-ids.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import { describe, dialFailure, NOT_THEIRS } from '../api-failure.js';
import type { AnswerInstruction } from '../answer-instruction.js';
import {
  CallsPort,
  type CarrierCall,
  type DialResult,
  type EndCallResult,
  type LookUpResult,
  type PlaceCall,
  type SearchResult,
} from '../calls-port.js';
import { nccoOf } from './answer.js';
import type { VonageApi } from './api.js';
import { statusFound } from './endings.js';
import { blameOf, type Outcome } from './failure.js';
import { isId } from './fields.js';
import { digitsOf, partyOf } from './parties.js';

type Json = Readonly<Record<string, unknown>>;

const UNNAMED = { kind: 'failed', message: 'the call has no id yet', retryable: true } as const;

/** Vonage's limits, in seconds. It ends a call at the longest one. */
const RING = { min: 1, max: 120 };
const LENGTH = { min: 1, max: 7_200 };

/**
 * The call goes on while Vonage listens. `detect_beep` tells of a machine at once, and later of the beep, or that
 * there was none, so that a message can be left.
 * https://developer.vonage.com/en/voice/voice-api/concepts/advanced-machine-detection
 */
const MACHINE_DETECTION = {
  enable: { behavior: 'continue', mode: 'detect' },
  detect_message_end: { behavior: 'continue', mode: 'detect_beep', beep_timeout: 45 },
} as const;

/** The calls of Vonage's Voice API (https://developer.vonage.com/en/api/voice). Nothing is repeated. */
export class VonageCalls extends CallsPort {
  constructor(
    private readonly applicationId: string,
    private readonly api: VonageApi,
  ) {
    super();
  }

  async place(call: PlaceCall): Promise<DialResult> {
    const { urls, machineDetection } = call;
    if (!urls) return { kind: 'unreachable', message: 'there is no public address to call back' };
    const outcome = await this.api.ask('POST', '/calls', {
      to: [{ type: 'phone', number: digitsOf(call.to) }],
      from: { type: 'phone', number: digitsOf(call.from) },
      answer_url: [urls.answer],
      answer_method: 'POST',
      event_url: [urls.events],
      event_method: 'POST',
      ringing_timer: within(call.ringTimeoutSeconds, RING),
      length_timer: within(call.maxDurationSeconds, LENGTH),
      ...(machineDetection === null
        ? {}
        : { advanced_machine_detection: MACHINE_DETECTION[machineDetection] }),
    });
    return this.dialled(outcome);
  }

  async end(ids: CallIds): Promise<EndCallResult> {
    const result = await this.change(ids, '', { action: 'hangup' });
    if (result.kind !== 'failed' || result.retryable) return result;
    // How the end of a call that is over is refused is not documented.
    const found = await this.lookUp(ids);
    const isOver = found.kind === 'found' && isTerminal(found.call.status);
    return isOver ? { kind: 'already-ended' } : result;
  }

  override async redirect(ids: CallIds, instruction: AnswerInstruction): Promise<EndCallResult> {
    const destination = { type: 'ncco', ncco: nccoOf(instruction) };
    return this.change(ids, '', { action: 'transfer', destination });
  }

  override async sendDigits(ids: CallIds, digits: string): Promise<EndCallResult> {
    const pressed = { digits: digits.replaceAll('w', 'p') };
    const result = await this.change(ids, '/dtmf', pressed);
    return result.kind === 'failed' ? { ...result, retryable: false } : result;
  }

  async lookUp({ call }: CallIds): Promise<LookUpResult> {
    if (call === null) return UNNAMED;
    const outcome = await this.api.ask('GET', `/calls/${encodeURIComponent(call)}`);
    if (outcome.kind === 'refused' && outcome.status === 404) return { kind: 'not-found' };
    if (outcome.kind !== 'done') return { kind: 'failed', message: describe(outcome) };
    const found = callIn(outcome.body);
    return found?.callId === call
      ? { kind: 'found', call: found }
      : { kind: 'failed', message: NOT_THEIRS };
  }

  /** Vonage lists calls without their numbers to search by. */
  search(): Promise<SearchResult> {
    return Promise.resolve({ kind: 'unsupported' });
  }

  private async change({ call }: CallIds, path: string, json: object): Promise<EndCallResult> {
    if (call === null) return UNNAMED;
    return ended(await this.api.ask('PUT', `/calls/${encodeURIComponent(call)}${path}`, json));
  }

  private dialled(outcome: Outcome): DialResult {
    if (outcome.kind !== 'done') {
      return dialFailure(outcome, ({ status, code }) => ({ blame: blameOf(status), code }));
    }
    const { status: httpStatus, body } = outcome;
    const { uuid: call, conversation_uuid: session } = body;
    if (!isId(call)) return { kind: 'unknown', message: 'the reply names no call', httpStatus };
    const ids = { call, ...(isId(session) ? { session } : {}) };
    return { kind: 'accepted', ids, accountId: this.applicationId, httpStatus };
  }
}

function ended(outcome: Outcome): EndCallResult {
  switch (outcome.kind) {
    case 'done':
      return { kind: 'accepted' };
    case 'refused':
      if (outcome.status === 404) return { kind: 'already-ended' };
      return { kind: 'failed', message: describe(outcome), retryable: false };
    case 'throttled':
    case 'unreachable':
    case 'unanswered':
      return { kind: 'failed', message: describe(outcome), retryable: true };
    default:
      return outcome satisfies never;
  }
}

/** Null for what is no call. */
function callIn(body: Json): CarrierCall | null {
  const { uuid, status: word, direction, duration, price } = body;
  const status = typeof word === 'string' ? statusFound(word) : null;
  if (!isId(uuid) || typeof word !== 'string' || status === null) return null;
  const seconds = Number(duration ?? Number.NaN);
  return {
    callId: uuid,
    accountId: null,
    status,
    providerStatus: word,
    direction: direction === 'inbound' ? 'inbound' : 'outbound',
    from: numberIn(body['from']),
    to: numberIn(body['to']),
    createdAt: null,
    startedAt: dateOf(body['start_time']),
    endedAt: dateOf(body['end_time']),
    durationSeconds: isTerminal(status) && seconds >= 0 ? Math.round(seconds) : null,
    answeredBy: null,
    price: typeof price === 'string' ? price.slice(0, 32) : null,
    priceUnit: typeof price === 'string' ? 'EUR' : null,
  };
}

/** An endpoint in the API's replies: `{ type: 'phone', number }`, in a list in some. */
function numberIn(endpoint: unknown): string {
  const [one] = Array.isArray(endpoint) ? (endpoint as unknown[]) : [endpoint];
  return partyOf((Object(one) as Json)['number']);
}

function dateOf(value: unknown): Date | null {
  const millis = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(millis) ? null : new Date(millis);
}

function within(seconds: number, { min, max }: { min: number; max: number }): number {
  return Math.min(max, Math.max(min, Math.round(seconds)));
}
