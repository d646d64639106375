import {
  encodeMulaw,
  MULAW_BYTES_PER_SECOND,
  MULAW_FRAME_BYTES,
} from '../../../../src/audio/mulaw.js';
import type { Turns } from './turns.js';
import { roomNoise, voice } from './voice.js';

/** A caller knocks at its telephone so often, louder than any voice: a recording tells when. */
export const CLICK_EVERY_MS = 10_000;
export const CLICK_LEVEL = 25_000;
const CLICK_SAMPLES = 16;
const FRAME_MS = 20;
const PITCHES = [105, 125, 170, 215];
const SPEECH_SECONDS = 10;

/** What a caller says, as the payloads of frames. Made once for all calls. */
export class CallerFrames {
  private readonly quiet = payloads(roomNoise(MULAW_BYTES_PER_SECOND));
  private readonly click = payloads(click())[0] as string;
  private readonly voices = PITCHES.map((pitch) =>
    payloads(voice(pitch, MULAW_BYTES_PER_SECOND, SPEECH_SECONDS)),
  );

  /** A click in its time, speech where it is the caller's turn, else a quiet room. */
  payload(turns: Turns, seed: number, frame: number): string {
    if ((frame * FRAME_MS) % CLICK_EVERY_MS === 0) return this.click;
    const voices = this.voices[seed % this.voices.length] as string[];
    const frames = turns.callerTalks(frame) ? voices : this.quiet;
    return frames[frame % frames.length] as string;
  }
}

function payloads(samples: Int16Array): string[] {
  const bytes = encodeMulaw(samples);
  return Array.from({ length: bytes.length / MULAW_FRAME_BYTES }, (_, frame) =>
    bytes.toString('base64', frame * MULAW_FRAME_BYTES, (frame + 1) * MULAW_FRAME_BYTES),
  );
}

function click(): Int16Array {
  const loud = (at: number): number => (at % 4 < 2 ? 1 : -1) * 30_000;
  return Int16Array.from({ length: MULAW_FRAME_BYTES }, (_, at) =>
    at < CLICK_SAMPLES ? loud(at) : 0,
  );
}
