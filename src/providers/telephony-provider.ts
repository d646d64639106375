import type { IncomingHttpHeaders } from 'node:http';
import type { CallEventDraft } from '../calls/ledger/call-event.js';
import type { CallStatus } from '../calls/ledger/call-status.js';
import type { CarrierDiagnostics } from './carrier-diagnostics.js';
import type { MediaDialect } from './media-dialect.js';
import type { SignatureVerdict } from './signature-verdict.js';

/** A webhook request, reduced to what a signature covers. */
export interface SignedWebhook {
  method: string;
  headers: IncomingHttpHeaders;
  /** The bytes as they came; empty for GET. As a form they are read by `formFields`. */
  body: Buffer;
  /**
   * Every public URL under which the carrier may have been given this address:
   * public origin + the request's raw, untouched path and query.
   */
  urls: readonly string[];
}

/** Names and values of a flat form or query, in the order received; repeated names stay repeated. */
export type FormFields = ReadonlyArray<readonly [name: string, value: string]>;

/** What a carrier asks when it wants instructions for a call. */
export interface AnswerRequest {
  callId: string;
  accountId: string;
  direction: 'inbound' | 'outbound';
  /** As the carrier writes parties, cut (see `shared/party.ts`): E.164, an address, a word such as `anonymous`, or empty. */
  from: string;
  /** The same. */
  to: string;
  /** Our word for the call's status at this moment; null when the carrier did not say. */
  status: CallStatus | null;
  providerStatus: string | null;
  answeredBy: string | null;
  payload: Record<string, unknown>;
}

/** What a status callback says: which call, and the event, ready for the ledger. */
export interface CallbackReport {
  /** Null where an event of type `other` names no call: only the URL says which run it belongs to. */
  callId: string | null;
  accountId: string;
  event: CallEventDraft;
}

/** A request whose signature is right but whose fields make no sense. */
export interface Malformed {
  malformed: string;
}

/** What the carrier is told to do with the call. */
export type AnswerInstruction =
  | {
      kind: 'stream';
      /** `wss://` URL of the media stream; never with a query string, which carriers strip. */
      streamUrl: string;
      /** Asked, absolute, when the stream is over. */
      actionUrl: string;
      /** Travels to the `start` message; one use. */
      token: string;
      /** A sentence to be said before; null: none. */
      notice: string | null;
    }
  | { kind: 'hangup' }
  /** Say a sentence to the caller, then hang up. */
  | { kind: 'say-and-hangup'; sentence: string }
  /** Refuse an inbound call before it is answered (and so before it costs anything). */
  | { kind: 'reject'; busy: boolean };

export interface RenderedAnswer {
  contentType: string;
  body: string;
}

/** A call to place. Every URL is absolute. */
export interface PlaceCall {
  to: string;
  from: string;
  answerUrl: string;
  statusCallbackUrl: string;
  ringTimeoutSeconds: number;
  maxDurationSeconds: number;
  machineDetection: 'enable' | 'detect_message_end' | null;
}

/**
 * What became of a request to dial. A dial is never repeated blindly:
 * `unknown` means that the phone may be ringing.
 */
export type DialResult =
  /** `httpStatus`, here and below: what the carrier answered with, for traces; null where there was no reply. */
  | { kind: 'accepted'; callId: string; accountId: string; httpStatus: number | null }
  /** The carrier refused, in its own words: nothing rings. A page of a proxy in between is `unknown`. */
  | { kind: 'rejected'; code: string; message: string; httpStatus: number }
  /** Too many requests: nothing rings, and it may be tried again after the pause. */
  | { kind: 'throttled'; retryAfterSeconds: number | null }
  /** Never reached the carrier (connection refused, no such host): nothing rings. */
  | { kind: 'unreachable'; message: string }
  /** Reply lost, timed out, a 5xx, or not the carrier's: it may be ringing. */
  | { kind: 'unknown'; message: string; httpStatus: number | null };

export type EndCallResult =
  | { kind: 'accepted' }
  /** The carrier says, in its own words, that the call is over, or knows none. */
  | { kind: 'already-ended' }
  | { kind: 'failed'; message: string; retryable: boolean };

/** A call as the carrier sees it. */
export interface CarrierCall {
  callId: string;
  accountId: string;
  status: CallStatus;
  providerStatus: string;
  direction: 'inbound' | 'outbound';
  from: string;
  to: string;
  /** Of a search by our own clock, so that it can be compared with when we dialled; else by the carrier's. */
  createdAt: Date | null;
  startedAt: Date | null;
  endedAt: Date | null;
  durationSeconds: number | null;
  answeredBy: string | null;
  price: string | null;
  priceUnit: string | null;
}

export type LookUpResult =
  | { kind: 'found'; call: CarrierCall }
  | { kind: 'not-found' }
  | { kind: 'failed'; message: string };

export type SearchResult =
  { kind: 'found'; calls: CarrierCall[] } | { kind: 'failed'; message: string };

/** What became of the wish that a number of ours leads to us. */
export type ConfigureNumberResult =
  | { kind: 'configured' }
  /** The account does not own the number. */
  | { kind: 'not-found' }
  | { kind: 'failed'; message: string };

/**
 * One telephone carrier: how it signs, what it asks, what it is told, how it is
 * called. The class is its own injection token; every carrier is one folder
 * under `providers/` with the same file names, listed in `providers.module.ts`,
 * and passes `test/contract/provider.contract.ts`.
 *
 * Everything but the three REST calls is pure: no clock, no network, no store.
 */
export abstract class TelephonyProvider {
  /** The name in our API and in the store, e.g. `twilio`. */
  abstract readonly name: string;

  /** False while its settings are absent: it verifies nothing and dials nothing. */
  abstract readonly configured: boolean;

  /** The carrier account our calls belong to; empty while not configured. */
  abstract readonly accountId: string;

  /** Our numbers at this carrier, E.164; the first is the default caller. */
  abstract readonly numbers: readonly string[];

  /** Dials a second that the account allows; more are queued by us. */
  abstract readonly callsPerSecond: number;

  /** Whether its calls never leave this machine; written down with each, and true of it for ever. */
  abstract readonly simulated: boolean;

  /** Its media streams: who may open one, and what is said on it. */
  abstract readonly media: MediaDialect;

  /** What the doctor may ask; null for a carrier that offers none of it, or is not configured. */
  readonly diagnostics: CarrierDiagnostics | null = null;

  /** True when the request carries this carrier's mark, such as its signature header. Decides nothing else. */
  abstract recognises(headers: IncomingHttpHeaders): boolean;

  /** Checked for every webhook before anything else, on raw bytes and in constant time. Never throws. */
  abstract verifyWebhook(request: SignedWebhook): SignatureVerdict;

  /** Reads the request for instructions. Unknown fields are accepted: carriers add them without notice. */
  abstract parseAnswer(fields: FormFields): AnswerRequest | Malformed;

  /** Writes the instruction in the carrier's language. */
  abstract renderAnswer(instruction: AnswerInstruction): RenderedAnswer;

  /**
   * The carrier's id of the call that a request names; null where it names none.
   * Asked before the signature is known to be right: it costs one look over the fields.
   */
  abstract callIdOf(fields: FormFields): string | null;

  /**
   * Reads a callback: of a call's status, machine detection, a stream, or of
   * another kind that the carrier sends to the same URL. Only ids and the status
   * can make it malformed: any other field that cannot be read is dropped.
   */
  abstract parseCallback(fields: FormFields): CallbackReport | Malformed;

  /** Asks the carrier to dial. Called at most once per run, unless the result says that nothing rings. Never throws. */
  abstract placeCall(call: PlaceCall): Promise<DialResult>;

  /**
   * Ends a call: cancels one that still rings, hangs up one that was answered.
   * May be called again after a failure. Never throws.
   */
  abstract endCall(callId: string, ringing: boolean): Promise<EndCallResult>;

  /** What the carrier says of one call; its answer may lag by some seconds. Never throws. */
  abstract lookUpCall(callId: string): Promise<LookUpResult>;

  /** Calls between two numbers created at or after `since`, newest first, at most 50. Never throws. */
  abstract searchCalls(query: { to: string; from: string; since: Date }): Promise<SearchResult>;

  /**
   * Makes calls to a number of the account ask us, and their ends be told to us.
   * May be repeated. Never throws.
   */
  abstract configureNumber(
    number: string,
    urls: { answerUrl: string; statusCallbackUrl: string },
  ): Promise<ConfigureNumberResult>;
}

export function isMalformed(value: object): value is Malformed {
  return 'malformed' in value;
}
