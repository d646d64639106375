import { parentPort } from 'node:worker_threads';
import { WINDOW_BYTES } from '../ear/voice-model.js';
import { MULAW_SILENCE } from '../mulaw.js';
import { MulawVoices } from './mulaw-voices.js';
import { loadSileroWeights } from './weights.js';

// The program of the thread in which the voice model runs; see `src/telephony/media/voice/voice-thread.ts`.

/** What is to be heard, of many callers: pieces in the order in which they came. */
export interface ToVoiceThread {
  /** Whose piece each is. */
  voices: number[];
  /** How many windows it has; 0: the caller is not listened to any more. */
  windows: number[];
  /** All windows, one after another. */
  audio: Uint8Array;
}

/** What was heard in a piece; `ms`, how long that took. */
export interface HeardPiece {
  voice: number;
  probability: number;
  windows: number;
  ms: number;
}

/** `ready` comes first, once. Then what was heard in each piece that has windows, in their order. */
export type FromVoiceThread = { kind: 'ready' } | { kind: 'heard'; pieces: HeardPiece[] };

/** What was heard is told together, but none of it later than this, in milliseconds. */
const TOLD_WITHIN_MS = 4;
/** After so many windows the code has been compiled. */
const WARM_UP_WINDOWS = 64;

const voices = new MulawVoices(loadSileroWeights());
const tell = (message: FromVoiceThread): void => parentPort?.postMessage(message, []);

voices.hear(0, new Uint8Array(WARM_UP_WINDOWS * WINDOW_BYTES).fill(MULAW_SILENCE));
voices.forget(0);
parentPort?.on('message', ({ voices: whose, windows: counts, audio }: ToVoiceThread) => {
  let pieces: HeardPiece[] = [];
  let at = 0;
  let now = performance.now();
  let since = now;
  for (const [nth, voice] of whose.entries()) {
    const windows = counts[nth] ?? 0;
    if (windows === 0) {
      voices.forget(voice);
      continue;
    }
    const from = at;
    at += windows * WINDOW_BYTES;
    const before = now;
    const probability = voices.hear(voice, audio.subarray(from, at));
    now = performance.now();
    pieces.push({ voice, probability, windows, ms: now - before });
    if (now - since < TOLD_WITHIN_MS) continue;
    tell({ kind: 'heard', pieces });
    pieces = [];
    now = performance.now();
    since = now;
  }
  if (pieces.length > 0) tell({ kind: 'heard', pieces });
});
tell({ kind: 'ready' });
