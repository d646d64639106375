import type { FinalStatus } from '../calls/call-status.js';

/** What a phone knows of the call that it rings for. */
export interface RingingCall {
  readonly sid: string;
  readonly from: string;
  /** Resolves when the call is over. */
  readonly ended: Promise<FinalStatus>;
  /** While it still rings, this declines. */
  hangUp(): void;
  /** `0-9 * # A-D` */
  sendDigits(digits: string): void;
}

/** A telephone that somebody holds, in place of a scripted far end. */
export interface Phone {
  /** Rings for a call from the gateway. Resolves when it is taken or declined; may never do so. */
  ring(call: RingingCall): Promise<'taken' | 'busy'>;
  /** The next 20 ms of its microphone: 160 bytes of μ-law. */
  nextFrame(): Buffer;
  /** What its holder hears now: up to 160 bytes of μ-law; nothing is told of silence. */
  hear(audio: Buffer): void;
  /** The text of a `<Say>`, which the carrier would speak. */
  speak(text: string): void;
}
