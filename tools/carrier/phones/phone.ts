import type { SimulatedCall } from '../calls/simulated-call.js';

/** A telephone that somebody holds, in place of a scripted far end. */
export interface Phone {
  /** Rings for a call from the gateway. Resolves when it is taken or declined; may never do so. */
  ring(call: SimulatedCall): Promise<'taken' | 'busy'>;
  /** The next 20 ms of its microphone: 160 bytes of μ-law. */
  nextFrame(): Buffer;
  /** What its holder hears now: up to 160 bytes of μ-law; nothing is told of silence. */
  hear(audio: Buffer): void;
  /** The text of a `<Say>`, which the carrier would speak. */
  speak(text: string): void;
}
