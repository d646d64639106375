import type {
  CarrierCall,
  DialResult,
  EndCallResult,
  LookUpResult,
  PlaceCall,
  SearchResult,
} from '../../src/providers/telephony-provider.js';
import { TwilioProvider } from '../../src/providers/twilio/twilio.provider.js';

export const OUR_ACCOUNT = `AC${'1b'.repeat(16)}`;
export const OTHER_ACCOUNT = `AC${'2c'.repeat(16)}`;
export const CALL = `CA${'0a'.repeat(16)}`;
export const OTHER_CALL = `CA${'0b'.repeat(16)}`;

/** Reads and writes Twilio's requests; its REST API answers as the test says, and keeps what it was asked. */
export class FakeCarrier extends TwilioProvider {
  readonly placed: PlaceCall[] = [];
  readonly ended: Array<[callId: string, ringing: boolean]> = [];
  readonly lookedUp: string[] = [];
  readonly searched: Array<{ to: string; from: string; since: Date }> = [];

  onPlace: (nth: number) => DialResult | Promise<DialResult> = () => accepted();
  onEnd: (callId: string) => EndCallResult | Promise<EndCallResult> = () => ({ kind: 'accepted' });
  onLookUp: (callId: string) => LookUpResult | Promise<LookUpResult> = () => ({
    kind: 'not-found',
  });
  onSearch: () => SearchResult = () => ({ kind: 'found', calls: [] });

  constructor(accountSid: string | null = OUR_ACCOUNT, callsPerSecond = 1_000) {
    super(
      accountSid === null
        ? null
        : {
            accountSid,
            authToken: 'a'.repeat(32),
            authTokenSecondary: null,
            fromNumbers: ['+15005550006'],
            apiBaseUrl: 'http://127.0.0.1:1',
            callsPerSecond,
          },
    );
  }

  override async placeCall(call: PlaceCall): Promise<DialResult> {
    this.placed.push(call);
    return this.onPlace(this.placed.length);
  }

  override async endCall(callId: string, ringing: boolean): Promise<EndCallResult> {
    this.ended.push([callId, ringing]);
    return this.onEnd(callId);
  }

  override async lookUpCall(callId: string): Promise<LookUpResult> {
    this.lookedUp.push(callId);
    return this.onLookUp(callId);
  }

  override async searchCalls(query: {
    to: string;
    from: string;
    since: Date;
  }): Promise<SearchResult> {
    this.searched.push(query);
    return this.onSearch();
  }
}

export function accepted(callId = CALL): DialResult {
  return { kind: 'accepted', callId, accountId: OUR_ACCOUNT, httpStatus: 201 };
}

/** A call as the carrier tells of it. */
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
