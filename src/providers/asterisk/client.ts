import type { CallIds } from '../../calls/ledger/call-ids.js';
import {
  CallsPort,
  type DialResult,
  type EndCallResult,
  type LookUpResult,
  type PlaceCall,
  type SearchResult,
} from '../calls-port.js';
import { problemOf, wordsOf, type AriAnswer, type AriConnection } from './ari-connection.js';
import type { AriHttp } from './ari-http.js';
import type { AsteriskAccount } from './asterisk.settings.js';
import type { ChannelNames } from './channel-names.js';
import { endpointOf } from './endpoint.js';
import type { OpenDials } from './open-dials.js';

/** How long each key is pressed, and the pause after it. */
const DIGIT_MS = 100;

const UNNAMED = { kind: 'failed', message: 'the call has no id yet', retryable: true } as const;

/**
 * What we ask of Asterisk about calls: over the control socket, or by a request of its own, where another instance holds
 * that. Calls are placed over the socket alone, since their events follow on it.
 */
export class AsteriskCalls extends CallsPort {
  constructor(
    private readonly account: Pick<AsteriskAccount, 'app' | 'dial'>,
    private readonly ari: AriConnection,
    private readonly names: ChannelNames,
    private readonly dials: OpenDials,
    private readonly http: Pick<AriHttp, 'ask'>,
  ) {
    super();
  }

  /** The same run always gets the same channel: while it lives, repeating the dial changes nothing. */
  async place({
    runId,
    idempotencyKey,
    to,
    from,
    ringTimeoutSeconds,
  }: PlaceCall): Promise<DialResult> {
    const callId = this.names.ofDial(runId, idempotencyKey.replace(/^.*-/, ''));
    // Before the request, because its events may come before its reply.
    this.dials.begun(callId, ringTimeoutSeconds);
    const answer = await this.ari.ask('POST', `channels/${callId}`, {
      endpoint: endpointOf(this.account, to),
      app: this.account.app,
      callerId: from,
      timeout: ringTimeoutSeconds,
    });
    if (answer === 'lost') return { kind: 'unknown', message: problemOf(answer), httpStatus: null };
    if (answer !== 'nobody' && (answer.status === 200 || answer.status === 409)) {
      const { status: httpStatus } = answer;
      return { kind: 'accepted', ids: { call: callId }, accountId: null, httpStatus };
    }
    this.dials.ended(callId);
    if (answer === 'nobody') return { kind: 'unreachable', message: problemOf(answer) };
    const { status: httpStatus } = answer;
    const words = wordsOf(answer);
    if (words === null) return { kind: 'unknown', message: `HTTP ${httpStatus}`, httpStatus };
    // It has not looked at the number: what it refuses is how this account dials.
    const refused = { kind: 'rejected', blame: 'account', code: String(httpStatus) } as const;
    return { ...refused, message: refusalOf(words), httpStatus };
  }

  async end({ call }: CallIds): Promise<EndCallResult> {
    if (call === null) return UNNAMED;
    const answer = await this.ask('DELETE', `channels/${call}`);
    if (typeof answer !== 'string') {
      if (answer.status === 204) return { kind: 'accepted' };
      if (answer.status === 404) return { kind: 'already-ended' };
    }
    return { kind: 'failed', message: problemOf(answer), retryable: true };
  }

  /** Asterisk takes `w` as half a second of nothing. It replies at once, and sends them afterwards. */
  override async sendDigits({ call }: CallIds, digits: string): Promise<EndCallResult> {
    if (call === null) return UNNAMED;
    const answer = await this.ask('POST', `channels/${call}/dtmf`, {
      dtmf: digits,
      between: DIGIT_MS,
      duration: DIGIT_MS,
    });
    if (typeof answer !== 'string') {
      if (answer.status === 204) return { kind: 'accepted' };
      if (answer.status === 404) return { kind: 'already-ended' };
    }
    return { kind: 'failed', message: problemOf(answer), retryable: false };
  }

  async lookUp({ call }: CallIds): Promise<LookUpResult> {
    if (call === null) return UNNAMED;
    const answer = await this.ask('GET', `channels/${call}`);
    if (typeof answer !== 'string') {
      if (answer.status === 200) return { kind: 'alive' };
      if (answer.status === 404) return { kind: 'ended' };
    }
    return { kind: 'failed', message: problemOf(answer) };
  }

  async search(): Promise<SearchResult> {
    return { kind: 'unsupported' };
  }

  private async ask(...request: Parameters<AriHttp['ask']>): Promise<AriAnswer> {
    const answer = await this.ari.ask(...request);
    return answer === 'nobody' ? this.http.ask(...request) : answer;
  }
}

/** "Allocation failed" is all that Asterisk says of an endpoint that it does not have. */
function refusalOf(words: string): string {
  return words === 'Allocation failed'
    ? 'Asterisk has no channel for it: check the technology and the endpoint in ASTERISK_DIAL'
    : words;
}
