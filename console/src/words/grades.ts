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
  of?: 'the time' | 'all frames';
}

/** People notice what is not good; with what is bad they cannot talk. */
const BOUNDS: Readonly<Record<string, Bounds>> = {
  first_audio_ms: { good: 1_000, fair: 2_000 },
  jitter_ms: { good: 30, fair: 50 },
  recent_gap_ms: { good: 100, fair: 300 },
  longest_pause_ms: { good: 100, fair: 300 },
  filled_ms: { good: 1, fair: 3, of: 'the time' },
  frames_late: { good: 1, fair: 3, of: 'all frames' },
};

const FRAME_MS = 20;
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
  const unit = of === undefined ? ' ms' : ` % of ${of}`;
  return {
    grade,
    shape: SHAPES[grade],
    bounds: `good up to ${good}${of === undefined ? ' ms' : ' %'}, fair up to ${fair}${unit}`,
  };
}

function percentage(
  value: number,
  detail: Readonly<Record<string, unknown>>,
  of: NonNullable<Bounds['of']>,
): number | null {
  const frames = detail['frames_in'];
  if (typeof frames !== 'number' || frames === 0) return null;
  return (value * 100) / (of === 'the time' ? frames * FRAME_MS : frames);
}
