import { parentPort } from 'node:worker_threads';
import { WINDOW_BYTES } from '../ear/voice-model.js';
import { MULAW_SILENCE } from '../mulaw.js';
import { MulawVoices } from './mulaw-voices.js';
import { loadSileroWeights } from './weights.js';

// The program of the thread in which the voice model runs; see `src/telephony/media/voice/voice-thread.ts`.

/** `windows` null: the caller is not listened to any more. */
export interface ToVoiceThread {
  voice: number;
  windows: Uint8Array | null;
}

/**
 * `ready` comes first, once. Then an answer for each message with windows, in their order: `ms`, how long these took.
 */
export type FromVoiceThread =
  | { kind: 'ready' }
  | { kind: 'heard'; voice: number; probability: number; windows: number; ms: number };

/** After so many windows the code has been compiled. */
const WARM_UP_WINDOWS = 64;

const voices = new MulawVoices(loadSileroWeights());
const tell = (message: FromVoiceThread): void => parentPort?.postMessage(message, []);

voices.hear(0, new Uint8Array(WARM_UP_WINDOWS * WINDOW_BYTES).fill(MULAW_SILENCE));
voices.forget(0);
parentPort?.on('message', ({ voice, windows }: ToVoiceThread) => {
  if (windows === null) {
    voices.forget(voice);
    return;
  }
  const before = performance.now();
  const probability = voices.hear(voice, windows);
  const ms = performance.now() - before;
  tell({ kind: 'heard', voice, probability, windows: windows.length / WINDOW_BYTES, ms });
});
tell({ kind: 'ready' });
