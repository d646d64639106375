import type { IncomingHttpHeaders } from 'node:http';
import type { CallEventDraft } from '../calls/ledger/call-event.js';
import type { CallIds } from '../calls/ledger/call-ids.js';
import type { LegReport } from '../calls/transfers/transfer-entries.js';
import type { CallStatus } from '../calls/ledger/call-status.js';
import type { AnswerInstruction } from './answer-instruction.js';
import type { SignatureVerdict } from './signature-verdict.js';

export type { AnswerInstruction };

/** A request of a carrier, as it was received. */
export interface RawRequest {
  /** `HEAD` is given as `GET`, because it is signed as one. */
  method: string;
  headers: IncomingHttpHeaders;
  /** The bytes as received; empty for GET. `formFields` reads them as a form. */
  body: Buffer;
  /** Raw path and query of the request line. */
  target: string;
  /**
   * Every public URL under which the carrier may know this address: public origin + the request's
   * raw, untouched path and query.
   */
  urls: readonly string[];
}

/** Names and values of a flat form or query, in the order received; repeated names stay repeated. */
export type FormFields = ReadonlyArray<readonly [name: string, value: string]>;

/** A carrier's request for instructions for a call. */
export interface AnswerRequest {
  direction: 'inbound' | 'outbound';
  /**
   * As the carrier writes parties, cut (see `shared/party.ts`): E.164, an address, a word such as
   * `anonymous`, or empty.
   */
  from: string;
  /** In the same form as `from`. */
  to: string;
  /** Our word for the call's status at this moment; null when the carrier did not report it. */
  status: CallStatus | null;
  providerStatus: string | null;
  answeredBy: string | null;
  payload: Record<string, unknown>;
}

/** What a carrier reports: which call it is about, what happened, and whether it asks for instructions. */
export interface Told {
  /** Only the ids that were given. Without any, the URL of a webhook says which run it is. */
  ids: CallIds;
  /** Null where the carrier does not give it; where it does, it is compared with the run's. */
  accountId: string | null;
  /** Ready for the ledger; empty when nothing happened that we keep. */
  events: readonly CallEventDraft[];
  /** Null when the carrier asks for nothing. */
  question: AnswerRequest | null;
  /**
   * What is told of the person's side of a transfer of this call, whose own ids are never among
   * `ids`. With a question: the person's call is over, and what follows for the caller is asked; or
   * that person has answered, and what they are to hear is asked.
   */
  leg?: LegReport | undefined;
}

/** A request whose signature is right but whose fields are not valid. */
export interface Malformed {
  malformed: string;
}

export interface Reply {
  status: number;
  /** Null for a reply without a body. */
  contentType: string | null;
  body: string;
}

/** What became of an instruction that we gave through the carrier's API. */
export type DoResult =
  | { kind: 'done' }
  | { kind: 'failed'; message: string }
  /**
   * Of a feed: its connection was lost, so it is not known. The list that follows the next
   * connection has the call, with a question if it still waits for an instruction.
   */
  | { kind: 'lost'; message: string };

/** A path that a carrier calls. */
export interface IngressRoute {
  /**
   * The path's first segment below the account's: `answer` is sent with each call and has our ids
   * in its query; `events`, like any other, may be followed by the run's id.
   */
  purpose: string;
  methods: ReadonlyArray<'GET' | 'POST'>;
}

/**
 * A carrier that sends us HTTP requests. Pure except for {@link perform}: it reads no clock but the
 * one given, and no store.
 */
export abstract class WebhookIngress {
  readonly transport = 'webhook';

  /** The paths that the service itself serves for the account. */
  abstract readonly routes: readonly IngressRoute[];

  /**
   * The names of the headers, in lower case, all of which every request of this carrier has. They
   * decide nothing on the account's own paths. On paths that belong to no account they distinguish
   * a carrier with a wrong address from a stranger. Empty: the carrier cannot be recognised.
   */
  readonly marks: readonly string[] = [];

  /**
   * Checked for every request before anything else, on raw bytes and in constant time. Never
   * throws.
   */
  abstract verify(request: RawRequest): SignatureVerdict;

  /**
   * The carrier's id of the call that a request names, for a request whose signature does not fit
   * the current address; null when it names none. Called before the signature is known to be right,
   * so it makes only one pass over the fields.
   */
  callIdOf(_request: RawRequest): string | null {
    return null;
  }

  /**
   * Reads a request whose signature is right. Unknown fields and kinds are accepted, because
   * carriers add them without notice. Only ids and the status can make it malformed: any other
   * field that cannot be read is dropped. Never throws.
   */
  abstract read(request: RawRequest, purpose: string): Told | Malformed;

  /**
   * The reply, in the carrier's language: the instruction for a request that asks for one, an
   * acknowledgement (null) for all others.
   */
  abstract render(instruction: AnswerInstruction | null): Reply;

  /**
   * For carriers that take instructions through their API: gives the instruction before the reply.
   * The reply waits 2.5 s for it; a failure ends the run. Never throws.
   * @param asked what asked for the instruction; null: the carrier is told of our own accord
   */
  perform?(
    instruction: AnswerInstruction,
    ids: CallIds,
    asked: AnswerRequest | null,
  ): Promise<DoResult>;
}

/** Closes what was opened. */
export interface Closable {
  close(): Promise<void>;
}

/** The content of one message of a feed, or one call of its list. */
export interface FeedTold extends Told {
  /**
   * The run that the carrier names, because its dial carried the id; null where only the call's own
   * id leads to the run. A feed whose messages may overtake the reply to a dial must name the run
   * of a call that we placed: until that reply, the call's own id leads nowhere.
   */
  runId: number | null;
}

/** What a feed reports to. No method throws, and none of the promises rejects. */
export interface FeedListener {
  /**
   * The connection is there, for the first time or again. What happened before may be lost, so
   * {@link EventFeed.resync} follows, and nothing is dialled until its list is in the ledger.
   */
  connected(): void;
  /**
   * The connection is lost, or could not be made: nothing is dialled until it is there again.
   * @param why for the log, without credentials; each reason is logged once until there is a
   *   connection
   */
  lost(why?: string): void;
  /**
   * Takes a message; the feed need not wait before the next one. Messages about one call are taken
   * in the order in which they came, those about different calls at the same time.
   *
   * Resolves with true once everything in it is durable, however long the store is unavailable.
   * False: the message was given up, because the service stops or thousands of messages wait; a
   * later list makes up for it. A carrier that wants acknowledgements gets one only for true.
   */
  told(told: FeedTold): Promise<boolean>;
}

export type ResyncResult =
  { kind: 'listed'; calls: readonly FeedTold[] } | { kind: 'failed'; message: string };

/**
 * A carrier that sends us messages over a connection that is held open, whichever side opens it. It
 * takes instructions through its API. Its events have the source `feed`.
 */
export abstract class EventFeed {
  readonly transport = 'feed';

  /**
   * Called when this instance begins to read the feed, at the earliest when the service listens;
   * again only after `close` has resolved, when it has passed the feed on and got it back. Of
   * several instances one reads it at a time. The feed connects again by itself after every loss,
   * until it is closed. Returns at once and never throws. After `close` the listener is not called
   * any more.
   */
  abstract open(listener: FeedListener): Closable;

  /**
   * Lists every call that is alive at the carrier, each as the feed would report it now: its ids,
   * its status, and a question if it waits for instructions. A live call that is missing counts as
   * over. Called after each connection, and every second until it succeeds. Never throws.
   */
  abstract resync(): Promise<ResyncResult>;

  /**
   * Gives an instruction through the carrier's API. It has 10 s; a stream that fails ends the run.
   * Never throws.
   * @param asked what asked for the instruction; null: the carrier is told of our own accord
   */
  abstract perform(
    instruction: AnswerInstruction,
    ids: CallIds,
    asked: AnswerRequest | null,
  ): Promise<DoResult>;
}

export function isMalformed(value: object): value is Malformed {
  return 'malformed' in value;
}
