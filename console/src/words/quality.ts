import type { CallEvent } from '../api/types.js';
import { m } from '../messages/all.js';
import { gradeOf, type Graded } from './grades.js';
import { streamStep } from './stream-step.js';

/** What is known about the line of one stream that has ended. */
export interface StreamQuality {
  streamId: string;
  startedAt: string | null;
  figures: Figure[];
  series: QualitySeries | null;
}

export interface Figure {
  name: string;
  value: string;
  /** What the figure means. */
  hint: string;
  /** Null: nothing is good or bad about it. */
  grade: Graded | null;
}

/** One value for each interval since the stream began. */
export interface QualitySeries {
  intervalSeconds: number;
  jitterMs: number[];
  gapMs: number[];
  lostFrames: number[];
}

const FIGURES: ReadonlyArray<[key: string, name: string, unit: string, hint: string]> = [
  ['first_audio_ms', m.quality.firstAudio, ' ms', m.quality.fromTheStreamsStartTo],
  ['jitter_ms', m.quality.jitter, ' ms', m.quality.howUnevenlyTheCallersAudio],
  ['recent_gap_ms', m.quality.recentGap, ' ms', m.quality.theLongestWithinTheLast],
  ['longest_pause_ms', m.quality.longestGap, ' ms', m.quality.betweenTwoFramesOfThe],
  ['filled_ms', m.quality.filledSilence, ' ms', m.quality.putInWhereAudioWas],
  ['frames_late', m.quality.framesLate, '', m.quality.cameTwiceOrTooLate],
  ['frames_in', m.quality.framesIn, '', m.quality.of20MsEach],
  ['frames_out', m.quality.framesOut, '', m.quality.of20MsEach],
];

/** The quality of every stream that has ended, in order. */
export function streamQualities(events: readonly CallEvent[]): StreamQuality[] {
  const ended = events.filter((event) => streamStep(event) === 'ended');
  return ended.map(({ detail }) => ({
    streamId: String(detail['stream_id']),
    startedAt:
      events.find(
        (event) =>
          streamStep(event) === 'started' && event.detail['stream_id'] === detail['stream_id'],
      )?.received_at ?? null,
    figures: figuresOf(detail),
    series: seriesOf(detail['series']),
  }));
}

/** The figures of a stream, while it lasts or afterwards. */
export function figuresOf(detail: Record<string, unknown>): Figure[] {
  return FIGURES.flatMap(([key, name, unit, hint]) => {
    const value = detail[key];
    if (typeof value !== 'number') return [];
    return [{ name, value: `${value}${unit}`, hint, grade: gradeOf(key, value, detail) }];
  });
}

function seriesOf(value: unknown): QualitySeries | null {
  if (typeof value !== 'object' || value === null) return null;
  const series = value as Record<string, unknown>;
  const numbers = (name: string): number[] => {
    const list = series[name];
    return Array.isArray(list) ? list.map(Number) : [];
  };
  const read = {
    intervalSeconds: Number(series['interval_seconds'] ?? 5),
    jitterMs: numbers('jitter_ms'),
    gapMs: numbers('gap_ms'),
    lostFrames: numbers('lost_frames'),
  };
  return read.jitterMs.length > 0 ? read : null;
}
