import type { IncomingHttpHeaders } from 'node:http';
import type { WireFormat } from '../audio/wire-format.js';
import type { SignatureVerdict } from './signature-verdict.js';

/** One WebSocket message: a string is a text message, a buffer a binary one. */
export type WireFrame = string | Buffer;

/** The carrier names the stream; audio goes both ways from here on. */
export interface StartMessage {
  kind: 'start';
  /** Null where the carrier gives the stream no name; we give it one of our own then. */
  streamId: string | null;
  /** Compared with the run's; null where the carrier does not say: the token alone tells which run it is. */
  callId: string | null;
  /** The same. */
  accountId: string | null;
  /** The one-use token of the answer that named this stream; null when it is in the path of the upgrade, or missing. */
  token: string | null;
  /** Other parameters of the stream, without the token. */
  parameters: Record<string, string>;
}

/** What a carrier says on a media stream, in our words. */
export type StreamMessage =
  /** The socket is open on the carrier's side; nothing is known yet. */
  | { kind: 'connected' }
  | StartMessage
  | {
      kind: 'audio';
      /** μ-law, 8000 samples a second, one channel, whatever the carrier sends; 160 bytes are 20 ms. */
      audio: Buffer;
      /**
       * Milliseconds by the carrier's clock, which may start anywhere and jitter. 0 where the carrier tells no time.
       * A clock that runs ahead of ours by more than a second is not believed.
       */
      timestampMs: number;
    }
  | { kind: 'dtmf'; digit: string }
  /** A mark of ours came back: played to its end, or cleared. */
  | { kind: 'mark'; name: string }
  /** The carrier has dropped what it had not played. Changes nothing: we go by our own clock. */
  | { kind: 'cleared' }
  /** The carrier's buffer is full (false), or has room again. Our lead is far below; it is only noted. */
  | { kind: 'flow'; ready: boolean }
  /** The carrier did not understand something of ours. Noted, and the stream goes on. */
  | { kind: 'fault'; reason: string }
  /** The carrier ends the stream. */
  | { kind: 'stop' }
  /** Understood to be of no use to us; changes nothing. */
  | { kind: 'ignored' }
  /** Not this carrier's protocol: the stream is closed for it. */
  | { kind: 'invalid'; reason: string };

/** The request for a media stream, reduced to what a signature covers. */
export interface UpgradeRequest {
  headers: IncomingHttpHeaders;
  /** Every public `wss://` URL under which the carrier may have been given this address. */
  urls: readonly string[];
}

/** `token-only`: this carrier proves nothing in its upgrade; the token in the path has to do. */
export type UpgradeProof = SignatureVerdict | { kind: 'token-only' };

/**
 * A carrier's socket language. Stateless and pure: one instance serves all calls
 * of an account; what belongs to one socket lives in its {@link StreamCodec}.
 */
export abstract class MediaDialect {
  /** The WebSocket sub-protocol that is chosen when the carrier offers it; null: none is ever chosen. */
  readonly subprotocol: string | null = null;

  /**
   * Who closes the socket after an agent's hang-up. `carrier`: it does so once the
   * call is over; we wait ten seconds. `us`: it stays open until we close it.
   */
  readonly closes: 'carrier' | 'us' = 'carrier';

  /** Checked for every upgrade before the 101, in constant time. Never throws. */
  abstract verifyUpgrade(request: UpgradeRequest): UpgradeProof;

  /** Called once for each socket, right after the 101. */
  abstract session(): StreamCodec;
}

/**
 * One socket's side of the language, and its state: the stream's name, the codec
 * of each direction, the unit of the carrier's clock. Pure otherwise: no clock, no
 * timer, no network. Our own pace is μ-law at 8 kHz in frames of 20 ms: a codec of
 * another format converts with `fromWire` and `toWire` of `audio/wire-format.ts`.
 *
 * `decode` and `audio` run fifty times a second per call.
 */
export abstract class StreamCodec {
  /** What is sent each way. Read after the message that `begin` or `decode` gave as `start`, not before. */
  abstract readonly format: { in: WireFormat; out: WireFormat };

  /**
   * The exact size of a frame of 20 ms, where the carrier takes no other: `audio` is then given 160 bytes
   * each time, the last piece of an utterance filled up with silence. Null: any length is well. Read as `format` is.
   */
  readonly frameBytes: number | null = null;

  /**
   * Asked once, before the first message: what stands for the `start` of a carrier
   * that sends audio from the first frame on. Null: `decode` will give it.
   */
  begin(): StartMessage | null {
    return null;
  }

  /**
   * Reads a message. Never throws: what cannot be read is `invalid`, and so is a
   * binary message where the carrier sends texts, or a text where it sends audio alone.
   * The bytes of a binary message are the codec's to keep.
   */
  abstract decode(frame: WireFrame): StreamMessage;

  /** `mulaw` is μ-law of any length up to 20 ms; the carrier plays it in order of arrival. The codec may not keep it. */
  abstract audio(mulaw: Buffer): WireFrame;

  /**
   * Asks the carrier to return `name` once everything sent before has been played.
   * Null where the carrier cannot: marks are then settled by our own clock.
   */
  mark(_name: string): WireFrame | null {
    return null;
  }

  /** Asks the carrier to drop what it has not played yet. Empty where it cannot: at most 160 ms are still heard then. */
  abstract clear(): readonly WireFrame[];

  /** Sends digits (`0-9A-D*#`) into the call; null where the socket cannot. */
  digits(_digits: string): WireFrame | null {
    return null;
  }

  /** Ends the call; null where the socket cannot. Sent when an agent hangs up; the call is also ended by the carrier's API. */
  hangUp(): WireFrame | null {
    return null;
  }
}
