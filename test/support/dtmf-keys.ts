import { toneShare } from './tone-share.js';

const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477, 1633];
const KEYS = ['123A', '456B', '789C', '*0#D'];
/** 20 ms: receivers need twice that to believe in a key. */
const WINDOW = 160;
/** Louder than this, as a μ-law code's distance from silence, is a tone. */
const LOUD = 0x40;

/** The keys that a receiver hears in audio, μ-law at 8 kHz: a tone pair of 40 ms, then 40 ms without. */
export function keysIn(audio: Buffer): string {
  let keys = '';
  let [current, length, gap] = ['', 0, 2];
  for (let at = 0; at + WINDOW <= audio.length; at += WINDOW) {
    const key = keyOf(audio.subarray(at, at + WINDOW));
    if (key === '') {
      gap += 1;
      length = 0;
      current = '';
      continue;
    }
    length = key === current ? length + 1 : 1;
    current = key;
    if (length === 2 && gap >= 2) {
      keys += key;
      gap = 0;
    }
  }
  return keys;
}

function keyOf(window: Buffer): string {
  const isLoud = window.some((code) => (code & 0x7f) < LOUD);
  if (!isLoud) return '';
  const [row, rowShare] = loudest(window, ROWS);
  const [column, columnShare] = loudest(window, COLUMNS);
  if (rowShare + columnShare < 0.8 || Math.min(rowShare, columnShare) < 0.15) return '';
  return KEYS[row]?.[column] ?? '';
}

function loudest(window: Buffer, tones: readonly number[]): [at: number, share: number] {
  const shares = tones.map((hertz) => toneShare(window, hertz));
  const share = Math.max(...shares);
  return [shares.indexOf(share), share];
}
