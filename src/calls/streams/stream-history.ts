import type { RecordedEvent } from '../ledger/call-event.js';
import type { SessionEnd } from './live-sessions.js';
import { generationOf, stepOf, type StreamStep } from './stream-events.js';
import { transferStepOf } from '../transfers/transfer-events.js';
import { stateAfter, type StreamState } from './stream-states.js';

/** How a stream ended; the cause may be one that only a later release knows. */
interface StreamEnd {
  cause: SessionEnd;
  state: StreamState;
  at: Date;
  /** Whether its process was gone, and another one recorded the end. */
  leftBehind: boolean;
}

/** One of a call's streams, as the timeline records it. */
interface Stream {
  /** Its place among the streams of its call, from 1. */
  generation: number;
  streamId: unknown;
  /** The process that has, or had, its socket; null where that was not recorded. */
  instance: string | null;
  hasStarted: boolean;
  /** Whether the carrier was asked for another stream in its place. */
  wasMoved: boolean;
  /** Whether that was before it ended. */
  wasMovedOpen: boolean;
  /** When that was recorded; null: it was not. */
  movedAt: Date | null;
  end: StreamEnd | null;
  /** Whether the call left it for a person who could not be reached, and goes on with another stream. */
  isGivenBack: boolean;
}

/** How long a carrier may take to carry out that it is to open another stream, in milliseconds. */
const CARRIED_OUT_WITHIN_MS = 10_000;

/**
 * Everything that a call's timeline records about its streams, in whatever order it
 * was recorded.
 */
export class StreamHistory {
  private readonly streams: Stream[] = [];

  constructor(timeline: readonly RecordedEvent[]) {
    for (const event of timeline) this.add(event);
    this.streams.sort((one, other) => one.generation - other.generation);
    for (const event of timeline) {
      if (transferStepOf(event) !== 'failed' || event.outcome === 'duplicate') continue;
      const { generation, reason } = event.detail;
      const stream = this.find(Number(generation));
      if (stream && reason !== 'call_ended') stream.isGivenBack = true;
    }
  }

  /** The generation of the newest stream; 0: there was none. */
  get generation(): number {
    return this.newest?.generation ?? 0;
  }

  /** The state of the newest stream; null: there was none. */
  get state(): StreamState | null {
    return this.newest ? stateOf(this.newest) : null;
  }

  /**
   * The process that has the newest stream; null: there was none, or the process
   * was not recorded.
   */
  get instance(): string | null {
    return this.newest?.instance ?? null;
  }

  /** How the newest stream ended; null: it has not ended, or there was none. */
  get lastEnd(): StreamEnd | null {
    return this.newest?.end ?? null;
  }

  /** Whether there was a stream and none is live now. */
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

  /**
   * How many streams were lost since the given time while the process that had them
   * lived: neither one that we asked the carrier to move while it was open counts, nor one whose
   * process is gone.
   */
  lossesSince(time: Date): number {
    return this.streams.filter(
      (stream) =>
        stream.end !== null &&
        stream.end.at >= time &&
        !stream.end.leftBehind &&
        !stream.wasMovedOpen &&
        stream.end.state === 'lost',
    ).length;
  }

  /**
   * Whether the newest stream ended by our doing, and the carrier was not told yet to
   * open another one in its place.
   */
  get wasGivenUp(): boolean {
    const { newest } = this;
    if (!newest?.end || newest.wasMoved) return false;
    return newest.isGivenBack || newest.end.leftBehind || newest.end.state === 'moving';
  }

  /**
   * Whether the caller is back from a transfer that came to nothing, and the carrier was not told yet
   * to open another stream.
   */
  get wasGivenBack(): boolean {
    const { newest } = this;
    return newest !== undefined && newest.isGivenBack && !newest.wasMoved;
  }

  /**
   * Whether a stream that the carrier stops now is probably stopped because of what the carrier was
   * told about the stream before it: to open another in its place. For this one the carrier had asked
   * by itself, at the same time. The other one follows, and goes on with the call.
   */
  isReplaced(generation: number, now: Date): boolean {
    const movedAt = this.find(generation - 1)?.movedAt ?? null;
    return movedAt !== null && now.getTime() - movedAt.getTime() < CARRIED_OUT_WITHIN_MS;
  }

  /** The carrier's id of the newest stream; empty: there was none. */
  get streamId(): string {
    const streamId = this.newest?.streamId;
    return typeof streamId === 'string' ? streamId : '';
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
        stream.wasMovedOpen = stream.end === null;
        stream.movedAt = receivedAt;
        return;
      case 'ended':
        stream.end ??= {
          cause: detail['cause'] as SessionEnd,
          state: stateAfter(detail),
          at: receivedAt,
          leftBehind: detail['owner'] === 'gone',
        };
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
      wasMovedOpen: false,
      movedAt: null,
      end: null,
      isGivenBack: false,
    };
    this.streams.push(stream);
    return stream;
  }

  /**
   * Finds a stream of version 0.1, which wrote no generations, and wrote each
   * stream's end after its beginning.
   */
  private unnumbered(streamId: unknown, step: StreamStep): Stream | undefined {
    if (step === 'started') return undefined;
    return this.streams.findLast((one) => one.streamId === streamId && one.end === null);
  }
}

function stateOf({ end, wasMoved, isGivenBack }: Stream): StreamState {
  if (wasMoved || (end && isGivenBack)) return 'moving';
  return end?.state ?? 'live';
}
