import type { RecordedEvent } from '../ledger/call-event.js';
import type { SessionEnd } from './live-sessions.js';
import { generationOf, stepOf, type StreamStep } from './stream-events.js';

/**
 * What became of a stream.
 * - `live`: it has begun, and nobody has told of its end
 * - `moving`: we asked the carrier to open another one in its place
 * - `lost`: it ended, and the carrier is given another one when it asks
 * - `over`: it ended, and none follows
 */
export type StreamState = 'live' | 'moving' | 'lost' | 'over';

const STATE_AFTER: Readonly<Record<SessionEnd, Exclude<StreamState, 'live'>>> = {
  stop: 'over',
  lost: 'lost',
  'going-away': 'moving',
  'taken-over': 'lost',
  'agent-ended': 'over',
  'agent-failed': 'over',
  protocol: 'lost',
  'call-ended': 'over',
};

/** One of a call's streams, as the timeline tells of it. */
interface Stream {
  /** Its place among the streams of its call, from 1. */
  generation: number;
  streamId: unknown;
  /** The process that has, or had, its socket; null where that was not written down. */
  instance: string | null;
  hasStarted: boolean;
  /** The carrier was asked for another one in its place, without the socket's being closed. */
  wasMoved: boolean;
  end: { cause: SessionEnd; at: Date } | null;
}

/** Everything the timeline of a call tells of its streams, in whatever order it was written down. */
export class StreamHistory {
  private readonly streams: Stream[] = [];

  constructor(timeline: readonly RecordedEvent[]) {
    for (const event of timeline) this.add(event);
    this.streams.sort((one, other) => one.generation - other.generation);
  }

  /** Of the newest stream; 0: there was none. */
  get generation(): number {
    return this.newest?.generation ?? 0;
  }

  /** Of the newest stream; null: there was none. */
  get state(): StreamState | null {
    return this.newest ? stateOf(this.newest) : null;
  }

  /** Who has the newest stream; null: there was none, or that was not written down. */
  get instance(): string | null {
    return this.newest?.instance ?? null;
  }

  /** How the newest stream ended; null: it has not, or there was none. */
  get lastEnd(): { cause: SessionEnd; at: Date } | null {
    return this.newest?.end ?? null;
  }

  /** There was a stream, and now there is none that lives. */
  get isGone(): boolean {
    return this.state !== null && this.state !== 'live';
  }

  /** Whether any stream has ever begun. */
  get hasStreamed(): boolean {
    return this.streams.some(({ hasStarted }) => hasStarted);
  }

  /** Whether this stream has begun and not ended. */
  isOpen(generation: number): boolean {
    const stream = this.find(generation);
    return stream !== undefined && stream.hasStarted && stream.end === null;
  }

  /** How many streams were lost since then. One that we asked the carrier to move was not. */
  lossesSince(time: Date): number {
    return this.streams.filter(
      (stream) => stream.end !== null && stream.end.at >= time && stateOf(stream) === 'lost',
    ).length;
  }

  private get newest(): Stream | undefined {
    return this.streams.at(-1);
  }

  private find(generation: number): Stream | undefined {
    return this.streams.find((stream) => stream.generation === generation);
  }

  private add(event: RecordedEvent): void {
    const step = stepOf(event);
    if (step === null || event.outcome === 'duplicate') return;
    const { detail, receivedAt } = event;
    const stream = this.streamOf(event, step);
    switch (step) {
      case 'started':
        stream.hasStarted = true;
        stream.instance = typeof detail['instance'] === 'string' ? detail['instance'] : null;
        return;
      case 'moved':
        stream.wasMoved = true;
        return;
      case 'ended':
        stream.end ??= { cause: detail['cause'] as SessionEnd, at: receivedAt };
        return;
      default:
        step satisfies never;
    }
  }

  private streamOf(event: RecordedEvent, step: StreamStep): Stream {
    const streamId = event.detail['stream_id'];
    const generation = generationOf(event);
    const known = generation === null ? this.unnumbered(streamId, step) : this.find(generation);
    if (known) return known;
    const stream: Stream = {
      generation: generation ?? this.streams.length + 1,
      streamId,
      instance: null,
      hasStarted: false,
      wasMoved: false,
      end: null,
    };
    this.streams.push(stream);
    return stream;
  }

  /** Version 0.1 wrote no generations, and each stream's end after its beginning. */
  private unnumbered(streamId: unknown, step: StreamStep): Stream | undefined {
    if (step === 'started') return undefined;
    return this.streams.findLast((one) => one.streamId === streamId && one.end === null);
  }
}

function stateOf({ end, wasMoved }: Stream): StreamState {
  const state = end === null ? 'live' : (STATE_AFTER[end.cause] ?? 'over');
  return wasMoved ? 'moving' : state;
}
