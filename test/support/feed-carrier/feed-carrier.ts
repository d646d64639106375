import type { CallIds } from '../../../src/calls/ledger/call-ids.js';
import {
  CallsPort,
  type DialResult,
  type EndCallResult,
  type LookUpResult,
  type PlaceCall,
  type SearchResult,
} from '../../../src/providers/calls-port.js';
import { LEAST, type Capabilities } from '../../../src/providers/capabilities.js';
import { CarrierAccount } from '../../../src/providers/carrier-account.js';
import { CarrierKind } from '../../../src/providers/carrier-kind.js';
import { BinaryDialect } from '../binary-dialect.js';
import { FeedApi } from './feed-api.js';
import { FeedConnection } from './feed-connection.js';

const NAME = 'fed';

const CAPABILITIES: Capabilities = Object.freeze<Capabilities>({
  ...LEAST,
  tells: ['ringing', 'answered', 'completed', 'busy', 'no-answer', 'failed'],
  needsPublicUrl: false,
  resumes: 'rest',
});

export interface FeedCarrierSettings {
  key: string;
  apiUrl: string;
  apiKey: string;
  numbers: readonly string[];
  /** Where the carrier reaches us on the local network: `ws://host:port`. */
  mediaUrl: string;
}

export class FeedCarrier extends CarrierAccount {
  readonly kind = NAME;
  readonly key: string;
  readonly accountId = '';
  readonly numbers: readonly string[];
  readonly callsPerSecond = 1_000;
  readonly calls: FeedCalls;
  readonly ingress: FeedConnection;
  readonly media = new BinaryDialect();
  override readonly capabilities = CAPABILITIES;

  constructor({ key, apiUrl, apiKey, numbers, mediaUrl }: FeedCarrierSettings) {
    super();
    this.key = key;
    this.numbers = numbers;
    const api = new FeedApi(apiUrl, apiKey);
    this.calls = new FeedCalls(api);
    this.ingress = new FeedConnection(api, mediaUrl);
  }
}

export class FeedKind extends CarrierKind {
  readonly name = NAME;
  readonly needs = 'FED_URL';

  constructor(readonly accounts: readonly FeedCarrier[]) {
    super();
  }
}

class FeedCalls extends CallsPort {
  constructor(private readonly api: FeedApi) {
    super();
  }

  async place(call: PlaceCall): Promise<DialResult> {
    const { to, from, ringTimeoutSeconds, maxDurationSeconds } = call;
    const reply = await this.api.ask('POST', '/calls', {
      to,
      from,
      reference: String(call.runId),
      ring_seconds: ringTimeoutSeconds,
      max_seconds: maxDurationSeconds,
    });
    if (reply === 'nobody') return { kind: 'unreachable', message: 'nobody listens' };
    if (reply === 'lost') return { kind: 'unknown', message: 'no reply', httpStatus: null };
    const { id } = reply.body as { id?: unknown };
    return reply.status === 201 && typeof id === 'string'
      ? { kind: 'accepted', ids: { call: id }, accountId: null, httpStatus: 201 }
      : { kind: 'unknown', message: `HTTP ${reply.status}`, httpStatus: reply.status };
  }

  async end({ call }: CallIds): Promise<EndCallResult> {
    const reply = await this.api.ask('DELETE', `/calls/${call ?? ''}`);
    if (typeof reply === 'string') return { kind: 'failed', message: reply, retryable: true };
    if (reply.status === 204) return { kind: 'accepted' };
    return reply.status === 404
      ? { kind: 'already-ended' }
      : { kind: 'failed', message: `HTTP ${reply.status}`, retryable: true };
  }

  async lookUp(): Promise<LookUpResult> {
    return { kind: 'failed', message: 'this carrier cannot be asked about a call' };
  }

  async search(): Promise<SearchResult> {
    return { kind: 'unsupported' };
  }
}
