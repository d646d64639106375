import { callNamed, type CallIds } from '../../calls/ledger/call-ids.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import { blameOfStatus, describe, dialFailure, NOT_THEIRS } from '../api-failure.js';
import {
  CallsPort,
  type DialResult,
  type EndCallResult,
  type LookUpResult,
  type PlaceCall,
  type SearchResult,
} from '../calls-port.js';
import { CloudonixApi, isGone, type Answer } from './api.js';
import type { CloudonixAccount } from './cloudonix.settings.js';
import { statusOf } from './endings.js';
import { Fields } from './fields.js';
import { proven } from './proof.js';

const UNNAMED = 'the call has no id yet';

/**
 * Calls of a domain (https://developers.cloudonix.com/Documentation/apiWorkflow/callControlAndSessionManagement).
 * Nothing is retried.
 */
export class CloudonixCalls extends CallsPort {
  private readonly api: CloudonixApi;

  constructor(
    private readonly account: CloudonixAccount,
    timeoutMs?: number,
  ) {
    super();
    this.api = new CloudonixApi(account, timeoutMs);
  }

  /** The unit of `timeout` is not documented, so how long it rings is up to Cloudonix. */
  async place({ to, from, urls }: PlaceCall): Promise<DialResult> {
    if (!urls) return { kind: 'unreachable', message: 'there is no public address to call back' };
    const { webhookKey } = this.account;
    const answer = await this.api.dial({
      destination: to,
      'caller-id': from,
      url: proven(urls.answer, webhookKey),
      callback: proven(urls.events, webhookKey),
    });
    return dialled(answer);
  }

  async end({ call }: CallIds): Promise<EndCallResult> {
    if (call === null) return { kind: 'failed', message: UNNAMED, retryable: true };
    const answer = await this.api.session('DELETE', call);
    if (answer.kind === 'done') return { kind: 'accepted' };
    if (isGone(answer)) return { kind: 'already-ended' };
    return { kind: 'failed', message: describe(answer), retryable: answer.kind !== 'refused' };
  }

  /** That a session is there says that the call is alive, unless it says itself that it is over. */
  async lookUp({ call }: CallIds): Promise<LookUpResult> {
    if (call === null) return { kind: 'failed', message: UNNAMED };
    const answer = await this.api.session('GET', call);
    if (isGone(answer)) return { kind: 'not-found' };
    if (answer.kind !== 'done') return { kind: 'failed', message: describe(answer) };
    const session = new Fields(Object.entries(answer.data));
    if (session.id('token') !== call) {
      return { kind: 'failed', message: NOT_THEIRS };
    }
    const status = statusOf(session.text('status') ?? '');
    const isOver = session.time('callEndTime') !== null || (status !== null && isTerminal(status));
    return { kind: isOver ? 'ended' : 'alive' };
  }

  search(): Promise<SearchResult> {
    return Promise.resolve({ kind: 'unsupported' });
  }
}

function dialled(answer: Answer): DialResult {
  if (answer.kind !== 'done') {
    return dialFailure(answer, ({ status }) => ({
      blame: blameOfStatus(status),
      code: String(status),
    }));
  }
  const token = new Fields(Object.entries(answer.data)).id('token');
  const { status: httpStatus } = answer;
  // The reply names the domain by a number, which nothing else does.
  return token === null
    ? { kind: 'unknown', message: 'the reply names no call', httpStatus }
    : { kind: 'accepted', ids: callNamed(token), accountId: null, httpStatus };
}
