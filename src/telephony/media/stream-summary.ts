import type { SessionEnd } from '../../calls/streams/live-sessions.js';
import type { InboundQuality } from './inbound-audio.js';
import type { Series } from './quality-series.js';

const FRAME_MS = 20;

/** What there is to tell of a stream that has ended. */
export interface StreamSummary {
  cause: SessionEnd;
  code: number | null;
  streamId: string;
  /** When it ended, in milliseconds since 1970. */
  endedAt: number;
  durationMs: number;
  /** From the stream's beginning until the agent had answered; null: it never did. */
  agentReadyMs: number | null;
  inbound: InboundQuality;
  series: Series;
  framesOut: number;
  /** From the stream's beginning to the agent's first sound; null: it said nothing. */
  firstAudioMs: number | null;
}

/** What is told of a stream's quality, in the timeline and in traces. */
export function qualityDetail({ inbound, framesOut, firstAudioMs }: StreamSummary) {
  return {
    frames_in: inbound.framesIn,
    frames_out: framesOut,
    filled_ms: inbound.filledMs,
    frames_late: inbound.framesLate,
    jitter_ms: Math.round(inbound.jitterMs * 10) / 10,
    longest_pause_ms: Math.round(inbound.longestPauseMs),
    first_audio_ms: firstAudioMs === null ? null : Math.round(firstAudioMs),
  };
}

/** The same over time, for the timeline; a stream shorter than one interval has none. */
export function seriesDetail({ series }: StreamSummary) {
  if (series.jitterMs.length === 0) return {};
  return {
    series: {
      interval_seconds: series.intervalSeconds,
      jitter_ms: series.jitterMs,
      gap_ms: series.pauseMs,
      lost_frames: series.filledMs.map((ms) => Math.round(ms / FRAME_MS)),
    },
  };
}
