/**
 * What a carrier says on a media stream, in our words.
 *
 * Audio is μ-law, 8000 samples a second, one channel: 160 bytes are 20 ms.
 */
export type StreamMessage =
  /** The socket is open on the carrier's side; nothing is known yet. */
  | { kind: 'connected' }
  | {
      kind: 'start';
      streamId: string;
      callId: string;
      accountId: string;
      /** The one-use token of the answer that named this stream; null when the carrier passed none. */
      token: string | null;
      /** Other parameters of the stream, without the token. */
      parameters: Record<string, string>;
    }
  | {
      kind: 'audio';
      /** Decoded μ-law bytes. */
      audio: Buffer;
      /** Milliseconds since the stream's start by the carrier's clock; starts above zero and jitters. */
      timestampMs: number;
    }
  | { kind: 'dtmf'; digit: string }
  /** A mark of ours came back: played to its end, or cleared. */
  | { kind: 'mark'; name: string }
  /** The carrier ends the stream. */
  | { kind: 'stop' }
  /** Understood to be of no use to us; changes nothing. */
  | { kind: 'ignored' }
  /** Not this carrier's protocol. */
  | { kind: 'invalid'; reason: string };

/**
 * The carrier's socket language, both ways. Pure: text in, value out, and back.
 * `decode` and `encodeAudio` run fifty times a second per call.
 */
export abstract class StreamProtocol {
  /** Never throws: what cannot be read is `invalid`. */
  abstract decode(text: string): StreamMessage;
  /** `audio` is μ-law of any length; the carrier plays it in order of arrival. */
  abstract encodeAudio(streamId: string, audio: Buffer): string;
  /** Asks the carrier to return `name` once everything sent before has been played. */
  abstract encodeMark(streamId: string, name: string): string;
  /** Asks the carrier to drop what it has not played yet; it returns every outstanding mark. */
  abstract encodeClear(streamId: string): string;
}
