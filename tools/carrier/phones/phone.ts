import type { SimulatedCall } from '../calls/simulated-call.js';

/** A telephone that a person holds, in place of a scripted far end. */
export interface Phone {
  /** Rings for a call from the gateway. Resolves when the call is taken or declined, which may never happen. */
  ring(call: SimulatedCall): Promise<'taken' | 'busy'>;
  /** Returns the next 20 ms of its microphone: 160 bytes of μ-law. */
  nextFrame(): Buffer;
  /** Called with what the person hears now, up to 160 bytes of μ-law; not called in silence. */
  hear(audio: Buffer): void;
  /** Called with the text of a `<Say>`, which the carrier would speak. */
  speak(text: string): void;
}
