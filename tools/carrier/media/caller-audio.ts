import { readFileSync } from 'node:fs';
import { encodeMulaw, MULAW_FRAME_BYTES, MULAW_SILENCE } from '../../../src/audio/mulaw.js';
import { SeededRandom } from '../random.js';
import { wavToMulaw } from './wav.js';

/**
 * What the caller says:
 * - `signal` (default): a gliding tone with a little noise, in which no two frames are equal
 * - `silence`
 * - a WAV file, or μ-law bytes at 8 kHz, followed by silence, or repeated with `loop`
 * - a function from the frame's number, counted from 0, to its 160 bytes
 */
export type CallerAudio =
  | 'signal'
  | 'silence'
  | { wav: string; loop?: boolean }
  | { mulaw: Buffer; loop?: boolean }
  | { frame: (index: number) => Buffer };

/** Returns the frames of one call in order; a frame is 160 bytes of μ-law. */
export type FrameSource = (index: number) => Buffer;

export const SILENT_FRAME = Buffer.alloc(MULAW_FRAME_BYTES, MULAW_SILENCE);

const SINE = Float64Array.from({ length: 1024 }, (_, step) =>
  Math.sin((step * 2 * Math.PI) / 1024),
);

export function frameSource(audio: CallerAudio, seed: number): FrameSource {
  if (audio === 'silence') return () => SILENT_FRAME;
  if (audio === 'signal') return signal(seed);
  if ('frame' in audio) return audio.frame;
  const recorded = 'wav' in audio ? wavToMulaw(readFileSync(audio.wav)) : audio.mulaw;
  return fromRecording(recorded, audio.loop ?? false);
}

function fromRecording(recorded: Buffer, loop: boolean): FrameSource {
  const frames = Math.ceil(recorded.length / MULAW_FRAME_BYTES);
  return (index) => {
    if (frames === 0 || (!loop && index >= frames)) return SILENT_FRAME;
    const start = (index % frames) * MULAW_FRAME_BYTES;
    const frame = recorded.subarray(start, start + MULAW_FRAME_BYTES);
    if (frame.length === MULAW_FRAME_BYTES) return frame;
    return Buffer.concat([frame, SILENT_FRAME.subarray(frame.length)]);
  };
}

/** Speech-like in pitch (150 to 1200 Hz), loud enough to be heard, and unique in every frame. */
function signal(seed: number): FrameSource {
  const random = new SeededRandom(seed);
  let phase = 0;
  let pitch = 300;
  const samples = new Int16Array(MULAW_FRAME_BYTES);
  return () => {
    const target = random.between(150, 1200);
    const glide = (target - pitch) / MULAW_FRAME_BYTES;
    let noise = random.between(1, 0x7fff_ffff);
    for (let index = 0; index < MULAW_FRAME_BYTES; index++) {
      pitch += glide;
      phase = (phase + (pitch * 1024) / 8000) % 1024;
      noise = (Math.imul(noise, 1_103_515_245) + 12_345) & 0x7fff_ffff;
      samples[index] = (SINE[phase | 0] ?? 0) * 7000 + ((noise >> 16) & 0x7ff) - 1024;
    }
    return encodeMulaw(samples);
  };
}
