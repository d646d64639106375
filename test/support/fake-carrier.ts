import type { CallIds } from '../../src/calls/ledger/call-ids.js';
import {
  CallsPort,
  type CarrierCall,
  type DialResult,
  type EndCallResult,
  type LookUpResult,
  type PlaceCall,
  type SearchResult,
} from '../../src/providers/calls-port.js';
import type { AnswerInstruction } from '../../src/providers/ingress.js';
import type { Capabilities } from '../../src/providers/capabilities.js';
import type { CarrierAccount } from '../../src/providers/carrier-account.js';
import { CarrierKind } from '../../src/providers/carrier-kind.js';
import { TwilioCarrier } from '../../src/providers/twilio/twilio.carrier.js';

export const OUR_ACCOUNT = `AC${'1b'.repeat(16)}`;
export const OTHER_ACCOUNT = `AC${'2c'.repeat(16)}`;
export const CALL = `CA${'0a'.repeat(16)}`;
export const OTHER_CALL = `CA${'0b'.repeat(16)}`;

/** A carrier whose first account has the paths without a key. */
export class UnprefixedKind extends CarrierKind {
  readonly needs = 'THEIR_KEY';
  override readonly hasUnprefixedPaths = true;

  constructor(
    readonly name: string,
    readonly accounts: readonly CarrierAccount[],
  ) {
    super();
  }
}

/**
 * Reads and writes Twilio's requests; its REST API answers as the test sets, and
 * records its requests.
 */
export class FakeCarrier extends TwilioCarrier {
  readonly placed: PlaceCall[] = [];
  /**
   * Calls that were ended, by their own id or by that of their request; true: as a
   * call that still rings.
   */
  readonly ended: Array<[id: string, ringing: boolean]> = [];
  /** Calls that were given other instructions. */
  readonly redirected: Array<[id: string, instruction: AnswerInstruction]> = [];
  readonly lookedUp: string[] = [];
  readonly searched: Array<{ to: string; from: string; since: Date }> = [];
  override readonly calls: CallsPort = new FakeCalls(this);
  override readonly capabilities: Capabilities;

  onPlace: (nth: number) => DialResult | Promise<DialResult> = () => accepted();
  onEnd: (id: string) => EndCallResult | Promise<EndCallResult> = () => ({ kind: 'accepted' });
  onRedirect: () => EndCallResult = () => ({ kind: 'accepted' });
  onLookUp: (id: string) => LookUpResult | Promise<LookUpResult> = () => ({
    kind: 'not-found',
  });
  onSearch: () => SearchResult = () => ({ kind: 'found', calls: [] });

  /**
   * @param isConfigured whether a registry lists it
   * @param key of the account; each has a number and an id of its own
   */
  constructor(
    readonly isConfigured = true,
    callsPerSecond = 1_000,
    capabilities: Partial<Capabilities> = {},
    key?: string,
  ) {
    super(
      {
        accountSid: key === undefined ? OUR_ACCOUNT : accountIdOf(key),
        authToken: 'a'.repeat(32),
        authTokenSecondary: null,
        fromNumbers: [key === undefined ? '+15005550006' : numberOf(key)],
        apiBaseUrl: 'http://127.0.0.1:1',
        callsPerSecond,
      },
      key,
    );
    this.capabilities = { ...TwilioCarrier.CAPABILITIES, ...capabilities };
  }
}

class FakeCalls extends CallsPort {
  constructor(private readonly carrier: FakeCarrier) {
    super();
  }

  async place(call: PlaceCall): Promise<DialResult> {
    this.carrier.placed.push(call);
    return this.carrier.onPlace(this.carrier.placed.length);
  }

  async end(ids: CallIds, how: 'cancel' | 'hangup'): Promise<EndCallResult> {
    this.carrier.ended.push([idOf(ids), how === 'cancel']);
    return this.carrier.onEnd(idOf(ids));
  }

  override async redirect(ids: CallIds, instruction: AnswerInstruction): Promise<EndCallResult> {
    this.carrier.redirected.push([idOf(ids), instruction]);
    return this.carrier.onRedirect();
  }

  async lookUp(ids: CallIds): Promise<LookUpResult> {
    this.carrier.lookedUp.push(idOf(ids));
    return this.carrier.onLookUp(idOf(ids));
  }

  async search(query: { to: string; from: string; since: Date }): Promise<SearchResult> {
    this.carrier.searched.push(query);
    return this.carrier.onSearch();
  }
}

function accountIdOf(key: string): string {
  return `AC${Buffer.from(key).toString('hex').padEnd(32, '0').slice(0, 32)}`;
}

/** The number of the account with this key. */
export function numberOf(key: string): string {
  return `+1500555${String(1_000 + Buffer.from(key).reduce((sum, byte) => sum + byte, 0))}`;
}

function idOf({ call, request }: CallIds): string {
  return call ?? request ?? '';
}

/** @param accountId null: the carrier does not say */
export function accepted(callId = CALL, accountId: string | null = OUR_ACCOUNT): DialResult {
  return { kind: 'accepted', ids: { call: callId }, accountId, httpStatus: 201 };
}

/** A call as the carrier reports it. */
export function carrierCall(fields: Partial<CarrierCall> = {}): CarrierCall {
  return {
    callId: CALL,
    accountId: OUR_ACCOUNT,
    status: 'answered',
    providerStatus: 'in-progress',
    direction: 'outbound',
    from: '+15005550006',
    to: '+12025550143',
    createdAt: null,
    startedAt: null,
    endedAt: null,
    durationSeconds: null,
    answeredBy: null,
    price: null,
    priceUnit: null,
    ...fields,
  };
}
