import type { SimulatedCall } from '../../tools/carrier/calls/simulated-call.js';
import type { MediaStream } from '../../tools/carrier/media/media-stream.js';
import { until } from './patience.js';

const BYTES_PER_MS = 8;
const FRAME_MS = 20;
/** So many bytes of a sound that repeats itself nowhere are found at one place only. */
const FINDS_BYTES = 400;
/** Fewer are not looked for: the last bytes of a stream. */
const LEAST_BYTES = 40;

/** What the caller heard of a call's way from one stream to the next; times of `performance.now`. */
export interface Passage {
  /** The end of what was heard last. */
  from: number;
  /** The beginning of what was heard next. */
  to: number;
  gapMs: number;
}

/** The pauses between a call's streams, as the caller heard them; streams on which nothing was heard count as silence. */
export function passages({ streams }: SimulatedCall): Passage[] {
  const heard = streams.map(spanOf).filter((span) => span !== null);
  return heard.slice(1).map(({ from: to }, index) => {
    const from = heard[index]?.to ?? to;
    return { from, to, gapMs: to - from };
  });
}

function spanOf({ recording }: MediaStream): { from: number; to: number } | null {
  const { heardSpans, beganAt } = recording;
  const [first, last] = [heardSpans[0], heardSpans.at(-1)];
  if (!first || !last) return null;
  // A frame that is due at 20 ms is what was heard since the start.
  return { from: beganAt + first.atMs - FRAME_MS, to: beganAt + last.atMs };
}

/** The longest pause between frames heard on one stream while `within` holds; milliseconds. */
export function longestPause(stream: MediaStream, from = 0, to = Number.POSITIVE_INFINITY): number {
  const { heardSpans, beganAt } = stream.recording;
  let longest = 0;
  let before: number | null = null;
  for (const { atMs } of heardSpans) {
    const at = beganAt + atMs;
    if (before !== null && at >= from && before <= to) {
      longest = Math.max(longest, at - before - FRAME_MS);
    }
    before = at;
  }
  return longest;
}

/** Whether the call's newest stream is open and has been heard for a second. */
export function isHeard({ call: { stream } }: { call: SimulatedCall }): boolean {
  return stream?.open === true && stream.recording.heardBytes > 8_000;
}

/** Resolves when all calls are heard. */
export async function allAreHeard(calls: ReadonlyArray<{ call: SimulatedCall }>): Promise<void> {
  await until(() => calls.every(isHeard), 'every call is heard');
}

/** Audio that an older stream's agent sent after a newer stream of the call had begun: how many frames. */
export function framesOfOlderAgents({ streams }: SimulatedCall): number {
  const begun = streams.filter(({ framesSent }) => framesSent > 0);
  return begun.slice(1).reduce((frames, newer, index) => {
    const older = begun[index]?.recording;
    if (!older) return frames;
    const after = newer.recording.beganAt - older.beganAt;
    const late = [...older.arrivals, ...older.lateArrivals].filter((at) => at > after);
    return frames + late.length;
  }, 0);
}

/** Where audio departs from a sound that goes round and round. */
export interface Departures {
  /** Milliseconds by which it went on elsewhere: above zero what was skipped, below what was repeated. */
  jumps: number[];
  /** How much is not of the sound at all, in milliseconds. */
  strangeMs: number;
}

/** Compares what was heard, silences left out, with the sound that was to be heard. */
export function departures(heard: Buffer, sound: Buffer): Departures {
  const round = Buffer.concat([sound, sound.subarray(0, FINDS_BYTES)]);
  const { length } = sound;
  const jumps: number[] = [];
  let strange = 0;
  let expected: number | null = null;
  for (let at = 0; heard.length - at >= LEAST_BYTES;) {
    const found = round.indexOf(heard.subarray(at, at + FINDS_BYTES));
    if (found < 0) {
      strange += 1;
      at += 1;
      continue;
    }
    if (expected !== null) jumps.push(shortWay(found - expected, length) / BYTES_PER_MS);
    let same = 0;
    while (at + same < heard.length && heard[at + same] === sound[(found + same) % length]) same++;
    at += same;
    expected = (found + same) % length;
  }
  return { jumps, strangeMs: strange / BYTES_PER_MS };
}

/** What was heard on each of a call's streams, in lines for a person; milliseconds, of the sound and of the clock. */
export function storyOf({ sid, streams }: SimulatedCall, sound: Buffer): string[] {
  const since = streams[0]?.recording.beganAt ?? 0;
  return streams.map(({ recording, heardAudio, closeCode, refusedWith, framesSent }) => {
    const at = sound.indexOf(heardAudio.subarray(0, FINDS_BYTES)) / BYTES_PER_MS;
    const heard =
      heardAudio.length > 0
        ? `heard ${ms(heardAudio.length / BYTES_PER_MS)} from ${ms(at)}`
        : 'silent';
    const end =
      refusedWith === null ? `closed with ${closeCode ?? 'none'}` : `refused with ${refusedWith}`;
    return `${sid} at ${ms(recording.beganAt - since)}: ${heard}, ${framesSent} frames said, ${end}`;
  });
}

const ms = (value: number): string => value.toFixed(0);

/** The shorter way round. */
function shortWay(bytes: number, length: number): number {
  const forward = ((bytes % length) + length) % length;
  return forward > length / 2 ? forward - length : forward;
}
