import { encodeMulaw, MULAW_BYTES_PER_SECOND, MULAW_SILENCE } from './mulaw.js';

/** The two tones of each key, in hertz (ITU-T Q.23). */
const ROWS = [697, 770, 852, 941] as const;
const COLUMNS = [1209, 1336, 1477, 1633] as const;
const KEYS = ['123A', '456B', '789C', '*0#D'] as const;

/**
 * The peak of each tone as a 16-bit sample: -8 dBm0 for the lower, -6 dBm0 for the higher, which
 * lines weaken more (ITU-T Q.24).
 */
const ROW_PEAK = 8_880;
const COLUMN_PEAK = 11_180;

const BYTES_PER_MS = MULAW_BYTES_PER_SECOND / 1000;
const TONE_MS = 100;
const GAP_MS = 100;
/** `w` */
const PAUSE_MS = 500;

/** How long it takes to send digits, in milliseconds: each with the gap that follows it. */
export function digitsMs(digits: string): number {
  let ms = 0;
  for (const key of digits) ms += key === 'w' ? PAUSE_MS : TONE_MS + GAP_MS;
  return ms;
}

/** Digits (`0-9A-D*#w`) as the telephone hears them: μ-law at 8 kHz, in whole frames of 20 ms. */
export function dtmfTones(digits: string): Buffer {
  const audio = Buffer.alloc(digitsMs(digits) * BYTES_PER_MS, MULAW_SILENCE);
  let at = 0;
  for (const key of digits) {
    if (key !== 'w') toneOf(key).copy(audio, at);
    at += digitsMs(key) * BYTES_PER_MS;
  }
  return audio;
}

function toneOf(key: string): Buffer {
  const row = KEYS.findIndex((keys) => keys.includes(key));
  const low = ROWS[row];
  const high = COLUMNS[KEYS[row]?.indexOf(key) ?? -1];
  if (low === undefined || high === undefined) throw new Error('not the key of a telephone');
  const wave = (hertz: number, n: number): number =>
    Math.sin((2 * Math.PI * hertz * n) / MULAW_BYTES_PER_SECOND);
  return encodeMulaw(
    Int16Array.from({ length: TONE_MS * BYTES_PER_MS }, (_, n) =>
      Math.round(ROW_PEAK * wave(low, n) + COLUMN_PEAK * wave(high, n)),
    ),
  );
}
