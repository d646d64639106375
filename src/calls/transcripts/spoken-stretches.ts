/** The rate of recordings. */
const RATE = 8_000;
const FRAME = RATE / 50;
/** As loud as a soft voice on the phone, as a mean of squares: −45 dBFS. */
const LOUD = (32_768 * 10 ** (-45 / 20)) ** 2;
/** A pause as long as this ends a stretch. */
const PAUSE_FRAMES = 35;
/** What is kept before and behind it. */
const MARGIN_FRAMES = 10;

/** A part of some audio, in samples. */
export interface Stretch {
  from: number;
  to: number;
}

/** Where something is to be heard, in order, each at most `longestMs`. */
export function spokenStretches(samples: Int16Array, longestMs: number): Stretch[] {
  const longest = (longestMs * RATE) / 1_000;
  const found: Stretch[] = [];
  let lastLoud = Number.NEGATIVE_INFINITY;
  const frames = Math.ceil(samples.length / FRAME);
  for (let frame = 0; frame < frames; frame += 1) {
    if (!isLoud(samples, frame * FRAME)) continue;
    const from = Math.max(0, (frame - MARGIN_FRAMES) * FRAME);
    const to = Math.min(samples.length, (frame + 1 + MARGIN_FRAMES) * FRAME);
    const last = found.at(-1);
    if (last && frame - lastLoud <= PAUSE_FRAMES && to - last.from <= longest) last.to = to;
    else found.push({ from: Math.max(from, last?.to ?? 0), to });
    lastLoud = frame;
  }
  return found;
}

function isLoud(samples: Int16Array, from: number): boolean {
  const to = Math.min(samples.length, from + FRAME);
  let sum = 0;
  for (let at = from; at < to; at += 1) sum += (samples[at] as number) ** 2;
  return sum > LOUD * (to - from);
}
