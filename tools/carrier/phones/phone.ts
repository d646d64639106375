import type { FinalStatus } from '../calls/call-status.js';

/** What a phone knows of its call: one that it rings for, or one that it has dialled. */
export interface PhoneCall {
  readonly sid: string;
  readonly from: string;
  /** Resolves when the call is answered, with true, or is over before that, with false. */
  readonly answered: Promise<boolean>;
  /** Resolves when the call is over. */
  readonly ended: Promise<FinalStatus>;
  /** Final SIP code, once it has ended. */
  readonly sipCode: number | null;
  /** While it still rings, this declines, or gives up. */
  hangUp(): void;
  /** `0-9 * # A-D` */
  sendDigits(digits: string): void;
}

/** A telephone that a person holds, in place of a scripted far end. */
export interface Phone {
  /** Rings for a call from the gateway. Resolves when the call is taken or declined, which may never happen. */
  ring(call: PhoneCall): Promise<'taken' | 'busy'>;
  /** Returns the next 20 ms of its microphone: 160 bytes of μ-law. */
  nextFrame(): Buffer;
  /** Called with what the person hears now, up to 160 bytes of μ-law; not called in silence. */
  hear(audio: Buffer): void;
  /** Called with the text of a `<Say>`, which the carrier would speak. */
  speak(text: string): void;
}
