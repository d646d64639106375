import { encodeMulaw, MULAW_BYTES_PER_SECOND, MULAW_FRAME_BYTES } from '../../../../src/audio/mulaw.js';
import type { Turns } from './turns.js';
import { roomNoise, voice } from './voice.js';

const PITCHES = [105, 125, 170, 215];
const SPEECH_SECONDS = 10;

/** What a caller says, as the payloads of frames. Made once for all calls. */
export class CallerFrames {
  private readonly quiet = payloads(roomNoise(MULAW_BYTES_PER_SECOND));
  private readonly voices = PITCHES.map((pitch) =>
    payloads(voice(pitch, MULAW_BYTES_PER_SECOND, SPEECH_SECONDS)),
  );

  /** Speech where it is the caller's turn, else a quiet room. */
  payload(turns: Turns, seed: number, frame: number): string {
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
