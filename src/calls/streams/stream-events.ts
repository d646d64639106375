import { callEvent, type CallEventDraft } from '../ledger/call-event.js';
import type { SessionEnd } from './live-sessions.js';
import { STATE_AFTER } from './stream-states.js';

/**
 * What the timeline records about a stream: it began, it ended, or the carrier
 * was asked to open another one in its place.
 */
export type StreamStep = 'started' | 'ended' | 'moved';
const STEPS: readonly unknown[] = ['started', 'ended', 'moved'] satisfies StreamStep[];

/** Which of its call's streams an event is about. */
interface WhichStream {
  generation: number;
  streamId: string;
}

export function streamStarted(
  which: WhichStream,
  /**
   * `instance` is the process that has the socket; `gapMs` is how long the call had
   * no stream, null where it had none before.
   */
  { instance, gapMs }: { instance: string; gapMs: number | null },
): CallEventDraft {
  return streamEvent('started', which, { instance, ...(gapMs === null ? {} : { gap_ms: gapMs }) });
}

export function streamEnded(
  which: WhichStream,
  cause: SessionEnd,
  more: Record<string, unknown> = {},
): CallEventDraft {
  return streamEvent('ended', which, { cause, state: STATE_AFTER[cause], ...more });
}

/** For the stream of a process that is gone, as another one records it. */
export function streamLeftBehind(which: WhichStream, instance: string): CallEventDraft {
  return streamEnded(which, 'lost', { owner: 'gone', instance });
}

export function streamMoved(which: WhichStream): CallEventDraft {
  return streamEvent('moved', which, {});
}

/** `stream` is the name that version 0.1 gave to `step`; it stays for existing readers. */
function streamEvent(
  step: StreamStep,
  { generation, streamId }: WhichStream,
  more: Record<string, unknown>,
): CallEventDraft {
  return callEvent({
    type: 'stream',
    source: 'media',
    detail: { stream: step, step, generation, stream_id: streamId, ...more },
    dedupeKey: `media:${step}:${generation}`,
  });
}

/** Null: the event is not about a stream of ours. A carrier's own reports about streams are not. */
export function stepOf({ type, detail }: CallEventDraft): StreamStep | null {
  if (type !== 'stream') return null;
  const step = detail['step'] ?? detail['stream'];
  return STEPS.includes(step) ? (step as StreamStep) : null;
}

/**
 * The generation of the stream that an event is about, or whose agent reported
 * it; null: none, or version 0.1 wrote the event, which did not count streams.
 */
export function generationOf({ type, detail }: CallEventDraft): number | null {
  if (type !== 'stream' && type !== 'agent') return null;
  const { generation } = detail;
  return typeof generation === 'number' ? generation : null;
}
