import type { IncomingHttpHeaders } from 'node:http';
import type { CallEventDraft } from '../calls/ledger/call-event.js';
import type { CallIds } from '../calls/ledger/call-ids.js';
import type { CallStatus } from '../calls/ledger/call-status.js';
import type { CarrierCall } from './calls-port.js';
import type { SignatureVerdict } from './signature-verdict.js';

/** A request of a carrier's, as it came. */
export interface RawRequest {
  /** `HEAD` is told as `GET`, which it is signed as. */
  method: string;
  headers: IncomingHttpHeaders;
  /** The bytes as they came; empty for GET. As a form they are read by `formFields`. */
  body: Buffer;
  /** Raw path and query of the request line. */
  target: string;
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

/** What one request, or one message of a feed, tells: about which call, what happened, and whether it is a question. */
export interface Told {
  /** Only those that were given. Without any, the URL says which run it is. */
  ids: CallIds;
  /** Null where the carrier does not say; compared with the run's where it does. */
  accountId: string | null;
  /** Ready for the ledger; none where nothing happened that we keep. */
  events: readonly CallEventDraft[];
  /** Null where nothing is asked. */
  question: AnswerRequest | null;
}

/** A request whose signature is right but whose fields make no sense. */
export interface Malformed {
  malformed: string;
}

/** What the carrier is told to do with the call. */
export type AnswerInstruction =
  | {
      kind: 'stream';
      /**
       * `wss://` URL of the media stream, never with a query string, which carriers strip. With the token as its last
       * segment where the account's `streamToken` is `path`.
       */
      streamUrl: string;
      /** Asked, absolute, when the stream is over; no use to carriers whose `resumes` is not `asked`. */
      actionUrl: string;
      /** Travels to the `start` message; one use. */
      token: string;
      /** A sentence to be said before; null: none, as always where the account's `says` is false. */
      notice: string | null;
    }
  | { kind: 'hangup' }
  /** Say a sentence to the caller, then hang up; only where the account's `says` is true. */
  | { kind: 'say-and-hangup'; sentence: string }
  /** Refuse an inbound call before it is answered (and so before it costs anything). */
  | { kind: 'reject'; busy: boolean };

export interface Reply {
  status: number;
  /** Null for a reply without a body. */
  contentType: string | null;
  body: string;
}

/** What became of an instruction that was given by the carrier's API. */
export type DoResult = { kind: 'done' } | { kind: 'failed'; message: string };

/** A path that a carrier calls. */
export interface IngressRoute {
  /**
   * The path's first segment below the account's: `answer` is given with each call, and has our ids in its query;
   * `events` may have the run's id behind it, as any other may.
   */
  purpose: string;
  methods: ReadonlyArray<'GET' | 'POST'>;
}

/** A carrier that speaks to us by HTTP requests. Pure but for {@link perform}: no clock but the one given, no store. */
export abstract class WebhookIngress {
  readonly transport = 'webhook';

  /** What is served for the account, by the service itself. */
  abstract readonly routes: readonly IngressRoute[];

  /**
   * Header names, in lower case, all of which every request of this carrier has. They decide nothing on the account's
   * own paths; on paths that are nobody's they tell a carrier that was led astray from a stranger. Empty: cannot be told.
   */
  readonly marks: readonly string[] = [];

  /** Checked for every request before anything else, on raw bytes and in constant time. Never throws. */
  abstract verify(request: RawRequest): SignatureVerdict;

  /**
   * The carrier's id of the call that a request names, for a request whose signature does not fit today's address;
   * null where it names none. Asked before the signature is known to be right: it costs one look over the fields.
   */
  callIdOf(_request: RawRequest): string | null {
    return null;
  }

  /**
   * Reads a request whose signature is right. Unknown fields and kinds are accepted: carriers add them without notice.
   * Only ids and the status can make it malformed: any other field that cannot be read is dropped. Never throws.
   */
  abstract read(request: RawRequest, purpose: string): Told | Malformed;

  /** The reply, in the carrier's language: to a question the instruction, to all else (null) that it was heard. */
  abstract render(instruction: AnswerInstruction | null): Reply;

  /**
   * For carriers that are instructed by their API: gives the instruction, before the reply. It is waited for for
   * 2.5 s; a failure ends the run. Never throws.
   */
  perform?(instruction: AnswerInstruction, ids: CallIds): Promise<DoResult>;
}

/** Stops what was opened. */
export interface Closable {
  close(): Promise<void>;
}

/** A carrier that speaks to us on a connection that is held open. */
export abstract class EventFeed {
  readonly transport = 'feed';

  /** Called once, when the service has started. The sink takes one message at a time and never rejects. */
  abstract open(sink: (told: Told) => Promise<AnswerInstruction | null>): Closable;

  /** Every call that lives, after each connection and before anything is dialled: what was told meanwhile is lost. */
  abstract resync(): Promise<readonly CarrierCall[]>;
}

export function isMalformed(value: object): value is Malformed {
  return 'malformed' in value;
}
