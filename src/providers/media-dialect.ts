import type { IncomingHttpHeaders } from 'node:http';
import type { WireFormat } from '../audio/wire-format.js';
import type { SignatureVerdict } from './signature-verdict.js';

/** One WebSocket message: a string is a text message, a buffer a binary one. */
export type WireFrame = string | Buffer;

/** The carrier names the stream; audio flows both ways from here on. */
export interface StartMessage {
  kind: 'start';
  /** Null where the carrier gives the stream no name; we then give it one of our own. */
  streamId: string | null;
  /**
   * Compared with the run's id; null where the carrier does not give it, and the token alone
   * identifies the run.
   */
  callId: string | null;
  /** Handled in the same way as `callId`. */
  accountId: string | null;
  /**
   * The one-use token of the answer that named this stream; null when it is in the path of the
   * upgrade, or missing.
   */
  token: string | null;
  /** Other parameters of the stream, without the token. */
  parameters: Record<string, string>;
}

/** What a carrier says on a media stream, in our words. */
export type StreamMessage =
  /** The socket is open on the carrier's side; nothing else is known yet. */
  | { kind: 'connected' }
  | StartMessage
  | {
      kind: 'audio';
      /** μ-law, 8000 samples a second, one channel, whatever the carrier sends; 160 bytes are 20 ms. */
      audio: Buffer;
      /**
       * Milliseconds by the carrier's clock, which may start anywhere and jitter. 0 where the
       * carrier sends no time. A clock that runs ahead of ours by more than a second is ignored.
       */
      timestampMs: number;
    }
  | { kind: 'dtmf'; digit: string }
  /** A mark of ours came back: it was played to its end, or cleared. */
  | { kind: 'mark'; name: string }
  /**
   * The carrier has dropped what it had not played. This changes nothing: we rely on our own clock.
   */
  | { kind: 'cleared' }
  /**
   * The carrier's buffer is full (false) or has room again. We send far less in advance, so it is
   * only logged.
   */
  | { kind: 'flow'; ready: boolean }
  /** The carrier did not understand a message of ours. It is logged, and the stream goes on. */
  | { kind: 'fault'; reason: string }
  /** The carrier ends the stream. */
  | { kind: 'stop' }
  /** A message that we understand and do not need; it changes nothing. */
  | { kind: 'ignored' }
  /**
   * Not this carrier's protocol. Before `start` the socket is closed because of it; afterwards only
   * when there are 20 within ten seconds. `reason` quotes nothing of the message.
   */
  | { kind: 'invalid'; reason: string };

/** The request for a media stream, reduced to what a signature covers. */
export interface UpgradeRequest {
  headers: IncomingHttpHeaders;
  /** Every public `wss://` URL under which the carrier may know this address. */
  urls: readonly string[];
}

/**
 * `token-only`: this carrier proves nothing in its upgrade, so the token in the path must be
 * enough.
 */
export type UpgradeProof = SignatureVerdict | { kind: 'token-only' };

/**
 * A carrier's socket language. Stateless and pure: one instance serves all calls of an account; the
 * state of one socket is in its {@link StreamCodec}.
 */
export abstract class MediaDialect {
  /**
   * The WebSocket sub-protocol that is chosen when the carrier offers it; null: none is ever
   * chosen.
   */
  readonly subprotocol: string | null = null;

  /**
   * Which side closes the socket after an agent's hang-up. `carrier`: the carrier closes it once
   * the call is over; we wait ten seconds. `us`: it stays open until we close it.
   */
  readonly closes: 'carrier' | 'us' = 'carrier';

  /** Checked for every upgrade before the 101, in constant time. Never throws. */
  abstract verifyUpgrade(request: UpgradeRequest): UpgradeProof;

  /** Called once for each socket, right after the 101. */
  abstract session(): StreamCodec;
}

/**
 * One socket's side of the language, and its state: the stream's name, the codec of each direction,
 * the unit of the carrier's clock. Otherwise pure: no clock, no timer, no network. We work with
 * μ-law at 8 kHz in frames of 20 ms: a codec of another format converts with `fromWire` and
 * `toWire` of `audio/wire-format.ts`.
 *
 * | `decode` and `audio` run fifty times a second per call.
 */
export abstract class StreamCodec {
  /**
   * The formats in each direction. Read after `begin` or `decode` has returned `start`, not before.
   */
  abstract readonly format: { in: WireFormat; out: WireFormat };

  /**
   * The exact size of a frame of 20 ms, where the carrier accepts no other: `audio` then receives
   * 160 bytes each time, and silence fills up the last piece of an utterance. Null: any length is
   * allowed. Read at the same time as `format`.
   */
  readonly frameBytes: number | null = null;

  /**
   * Called once, before the first message. Returns a `start` for a carrier that sends audio from
   * the first frame on. Null: `decode` will return it.
   */
  begin(): StartMessage | null {
    return null;
  }

  /**
   * Reads a message. Never throws: a message that cannot be read is `invalid`, and so is a binary
   * message where the carrier sends texts, or a text where it sends only audio. The codec may keep
   * the bytes of a binary message.
   */
  abstract decode(frame: WireFrame): StreamMessage;

  /**
   * `mulaw` is μ-law of any length up to 20 ms; the carrier plays it in order of arrival. The codec
   * may not keep it.
   */
  abstract audio(mulaw: Buffer): WireFrame;

  /**
   * Asks the carrier to return `name` once everything sent before has been played. Null where the
   * carrier cannot: our own clock then settles marks.
   */
  mark(_name: string): WireFrame | null {
    return null;
  }

  /**
   * Asks the carrier to drop what it has not played yet. Empty where it cannot: the caller then
   * still hears at most 160 ms.
   */
  abstract clear(): readonly WireFrame[];

  /** Sends digits (`0-9A-D*#`) into the call; null where the socket cannot. */
  digits(_digits: string): WireFrame | null {
    return null;
  }

  /**
   * Ends the call; null where the socket cannot. Sent when an agent hangs up; we also end the call
   * through the carrier's API.
   */
  hangUp(): WireFrame | null {
    return null;
  }
}
