import type { CallIds } from '../../calls/ledger/call-ids.js';
import type { AnswerInstruction } from '../answer-instruction.js';
import { blameOfStatus, describe, dialFailure } from '../api-failure.js';
import {
  CallsPort,
  type DialResult,
  type EndCallResult,
  type LookUpResult,
  type PlaceCall,
  type SearchResult,
} from '../calls-port.js';
import { PlivoApi } from './api.js';
import type { PlivoDialect } from './dialect.js';
import type { Answer } from './failure.js';
import { digitsOf } from './parties.js';
import type { PlivoAccount } from './plivo.settings.js';

/** Our limit for one request, in milliseconds. A dial that takes longer is `unknown`. */
export const REQUEST_TIMEOUT_MS = 10_000;

const UNNAMED = { kind: 'failed', message: 'the call has no id yet', retryable: true } as const;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** The Call resource (https://docs.plivo.com/docs/voice/api/call). Nothing is retried. */
export class PlivoCalls extends CallsPort {
  private readonly api: PlivoApi;
  private readonly authId: string;

  constructor(
    account: PlivoAccount,
    private readonly dialect: PlivoDialect,
    timeoutMs: number = REQUEST_TIMEOUT_MS,
  ) {
    super();
    this.authId = account.authId;
    this.api = new PlivoApi(account, dialect, timeoutMs);
  }

  async place(call: PlaceCall): Promise<DialResult> {
    const { urls } = call;
    if (!urls) return { kind: 'unreachable', message: 'there is no public address to call back' };
    const { addressed } = this.dialect;
    const [answer, events] = [addressed(urls.answer), addressed(urls.events)];
    const answered = await this.api.ask('POST', 'Call/', {
      from: digitsOf(call.from),
      to: digitsOf(call.to),
      answer_url: answer,
      answer_method: 'POST',
      ring_url: events,
      ring_method: 'POST',
      hangup_url: events,
      hangup_method: 'POST',
      // Asked when the answer URL has failed: by then the service may be there again.
      fallback_url: answer,
      fallback_method: 'POST',
      ring_timeout: call.ringTimeoutSeconds,
      time_limit: call.maxDurationSeconds,
      ...(call.machineDetection === null
        ? {}
        : {
            machine_detection: 'true',
            // The call is answered at once; the result of the detection follows.
            machine_detection_url: events,
            machine_detection_method: 'POST',
          }),
    });
    return this.dialled(answered);
  }

  async end(ids: CallIds, how: 'cancel' | 'hangup'): Promise<EndCallResult> {
    const { call, request } = ids;
    const paths: string[] = [];
    // A call that rings is known by its request; one that was answered meanwhile is not, any more.
    if (this.dialect.cancelsRequests && request !== undefined && (how === 'cancel' || !call)) {
      paths.push(`Request/${request}/`);
    }
    const named = call ?? request;
    if (named !== undefined) paths.push(`Call/${named}/`);
    let result: EndCallResult = UNNAMED;
    for (const path of paths) {
      result = ended(await this.api.ask('DELETE', path));
      if (result.kind !== 'already-ended') return result;
    }
    return result;
  }

  /**
   * The carrier takes no instruction in the request itself, only where to ask for one: a stream and a transfer are
   * what it is told when it asks; of anything else it would be told nothing.
   */
  override async redirect(ids: CallIds, instruction: AnswerInstruction): Promise<EndCallResult> {
    const asked =
      instruction.kind === 'stream'
        ? instruction.actionUrl
        : instruction.kind === 'transfer'
          ? instruction.urls.action
          : null;
    if (asked === null) return super.redirect(ids, instruction);
    return this.change(ids, '', {
      legs: 'aleg',
      aleg_url: this.dialect.addressed(asked),
      aleg_method: 'POST',
    });
  }

  override async sendDigits(ids: CallIds, digits: string): Promise<EndCallResult> {
    const result = await this.change(ids, 'DTMF/', { digits, leg: 'aleg' });
    return result.kind === 'failed' ? { ...result, retryable: false } : result;
  }

  async lookUp(ids: CallIds): Promise<LookUpResult> {
    const named = ids.call ?? ids.request;
    if (named === undefined) return UNNAMED;
    const live = await this.api.ask('GET', `Call/${named}/?status=live`);
    if (live.kind === 'done') return { kind: 'alive' };
    if (live.kind !== 'refused' || live.status !== 404) {
      return { kind: 'failed', message: describe(live) };
    }
    if (ids.call !== null) return { kind: 'ended' };
    // A call that nobody has told us of may still wait for its turn.
    const queued = await this.api.ask('GET', `Call/${named}/?status=queued`);
    if (queued.kind === 'done') return { kind: 'alive' };
    return queued.kind === 'refused' && queued.status === 404
      ? { kind: 'not-found' }
      : { kind: 'failed', message: describe(queued) };
  }

  search(): Promise<SearchResult> {
    return Promise.resolve({ kind: 'unsupported' });
  }

  private async change(ids: CallIds, path: string, json: object): Promise<EndCallResult> {
    const named = ids.call ?? ids.request;
    if (named === undefined) return UNNAMED;
    return ended(await this.api.ask('POST', `Call/${named}/${path}`, json));
  }

  private dialled(answer: Answer): DialResult {
    if (answer.kind !== 'done') {
      // What is wrong with a parameter is said in words alone.
      return dialFailure(answer, ({ status }) => ({
        blame: blameOfStatus(status),
        code: String(status),
      }));
    }
    const { status: httpStatus, body } = answer;
    const request = requestIn(body['request_uuid']);
    if (request === null) {
      return { kind: 'unknown', message: 'the reply names no request', httpStatus };
    }
    // The call's own id comes with its first callback.
    const ids: CallIds = { call: null, request };
    return { kind: 'accepted', ids, accountId: this.authId, httpStatus };
  }
}

/** One text, or a list of one. */
function requestIn(told: unknown): string | null {
  const [request] = Array.isArray(told) ? (told as unknown[]) : [told];
  return typeof request === 'string' && ID.test(request) ? request : null;
}

function ended(answer: Answer): EndCallResult {
  switch (answer.kind) {
    case 'done':
      return { kind: 'accepted' };
    case 'refused':
      if (answer.status === 404) return { kind: 'already-ended' };
      return { kind: 'failed', message: describe(answer), retryable: false };
    case 'throttled':
    case 'unreachable':
    case 'unanswered':
      return { kind: 'failed', message: describe(answer), retryable: true };
    default:
      return answer satisfies never;
  }
}
