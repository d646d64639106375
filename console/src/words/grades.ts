import { fill } from '../messages/fill.js';
import { m } from '../messages/first.js';

/** How good a figure of a line is, by word, shape and colour, with the bounds that were applied. */
export interface Graded {
  grade: 'good' | 'fair' | 'bad';
  shape: string;
  /** `good up to 30 ms, fair up to 50 ms` */
  bounds: string;
}

interface Bounds {
  /** The highest value that is good, and the highest that is fair. */
  good: number;
  fair: number;
  /** What the value is measured against; without it the value is taken as it is. */
  of?: 'time' | 'frames';
}

/** People notice what is not good; with what is bad they cannot talk. */
const BOUNDS: Readonly<Record<string, Bounds>> = {
  first_audio_ms: { good: 1_000, fair: 2_000 },
  jitter_ms: { good: 30, fair: 50 },
  recent_gap_ms: { good: 100, fair: 300 },
  longest_pause_ms: { good: 100, fair: 300 },
  filled_ms: { good: 1, fair: 3, of: 'time' },
  frames_late: { good: 1, fair: 3, of: 'frames' },
};

const FRAME_MS = 20;
const BOUNDS_OF = {
  time: m.grades.boundsOfTime,
  frames: m.grades.boundsOfFrames,
};
const SHAPES = { good: '✓', fair: '▲', bad: '✕' };

/**
 * @param key of the figure, as the service names it
 * @param detail the other figures of the same stream
 * @returns null for a figure that is neither good nor bad
 */
export function gradeOf(
  key: string,
  value: number,
  detail: Readonly<Record<string, unknown>>,
): Graded | null {
  const bounds = BOUNDS[key];
  if (!bounds) return null;
  const { good, fair, of } = bounds;
  const compared = of === undefined ? value : percentage(value, detail, of);
  if (compared === null) return null;
  const grade = compared <= good ? 'good' : compared <= fair ? 'fair' : 'bad';
  const unit = of === undefined ? 'ms' : '%';
  const text = of === undefined ? m.grades.bounds : BOUNDS_OF[of];
  return {
    grade,
    shape: SHAPES[grade],
    bounds: fill(text, { good: `${good} ${unit}`, fair: `${fair} ${unit}` }),
  };
}

function percentage(
  value: number,
  detail: Readonly<Record<string, unknown>>,
  of: NonNullable<Bounds['of']>,
): number | null {
  const frames = detail['frames_in'];
  if (typeof frames !== 'number' || frames === 0) return null;
  return (value * 100) / (of === 'time' ? frames * FRAME_MS : frames);
}
