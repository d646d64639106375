import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../shared/logger.js';
import { within } from '../../shared/within.js';
import type { RecordingStore } from './recording-store.js';
import { keyOf, nameOf, type LocalSegment } from './segment.js';
import type { SegmentNotes } from './segment-notes.js';
import type { SegmentListener } from './segment-writer.js';
import type { Spool } from './spool.js';

export interface DeliveryLimits {
  /** Segments that are put at a time. */
  atOnce: number;
  /** Segments of this instance that may be on its disk, half a megabyte each; beyond it no further one begins. */
  waiting: number;
  /** The pause after a failure, and the longest after several, in milliseconds. */
  pauseMs: number;
  pauseMaxMs: number;
}

export const DELIVERY_LIMITS: DeliveryLimits = {
  atOnce: 8,
  waiting: 4_000,
  pauseMs: 1_000,
  pauseMaxMs: 60_000,
};

interface Waiting {
  segment: LocalSegment;
  /** Where it is to be put; the same in each attempt. */
  location: string;
  state: 'writing' | 'queued' | 'under-way';
  /** The first telling of it. What follows waits for its end, or it could come last, after an erasing. */
  told: Promise<unknown>;
  done: Promise<void>;
  finish: () => void;
}

/**
 * Brings the segments on this machine's disk to the store of recordings: the row first, then
 * the segment, then the file is removed. A failure is tried again until it works or the
 * process stops; what is left on the disk then is taken up by the next start. No call notices.
 */
export class SegmentDeliveries implements SegmentListener {
  private readonly waiting = new Map<string, Waiting>();
  private readonly queue: Waiting[] = [];
  private readonly stopping = new AbortController();
  private workers = 0;
  /** Failures since the last success. */
  private failures = 0;

  constructor(
    private readonly notes: SegmentNotes,
    private readonly store: RecordingStore,
    private readonly spool: Spool,
    private readonly log: Log,
    private readonly limits: DeliveryLimits = DELIVERY_LIMITS,
  ) {}

  /** Segments on this disk that are not in the store of recordings, those being written included. */
  get count(): number {
    return this.waiting.size;
  }

  hasRoom(): boolean {
    return this.waiting.size < this.limits.waiting;
  }

  opened(segment: LocalSegment): void {
    const waiting = this.hold(segment, 'writing');
    // Other instances learn of it now; if the store is away, the delivery tells it again.
    waiting.told = this.register(waiting).catch(() => undefined);
  }

  closed(segment: LocalSegment): void {
    const waiting = this.waiting.get(keyOf(segment)) ?? this.hold(segment, 'writing');
    waiting.state = 'queued';
    this.queue.push(waiting);
    this.work();
  }

  /** The segments of a call that are on this disk. */
  of(runId: number): LocalSegment[] {
    return this.ofRun(runId).map(({ segment }) => segment);
  }

  /**
   * Removes those segments of a call from this disk that nobody is working on.
   * @returns which these were; something of them may be in the store of recordings all the same
   */
  async discard(runId: number): Promise<LocalSegment[]> {
    const queued = this.ofRun(runId).filter(({ state }) => state === 'queued');
    for (const one of queued) {
      this.queue.splice(this.queue.indexOf(one), 1);
      this.forget(one);
    }
    for (const { segment, told } of queued) {
      await told;
      await this.spool.remove(segment);
    }
    return queued.map(({ segment }) => segment);
  }

  /** Resolves when nothing of a call is on this disk, or after `milliseconds`. */
  async settled(runId: number, milliseconds: number): Promise<void> {
    await within(milliseconds, Promise.all(this.ofRun(runId).map(({ done }) => done)));
  }

  /** Waits up to `milliseconds` for what is waiting, then leaves the rest to the next start. */
  async stop(milliseconds: number): Promise<void> {
    this.notes.hurry();
    const all = [...this.waiting.values()].map(({ done }) => done);
    await within(milliseconds, Promise.all(all));
    this.stopping.abort();
    if (this.count > 0) this.log.warn('recordings.left_on_disk', { segments: this.count });
  }

  private ofRun(runId: number): Waiting[] {
    return [...this.waiting.values()].filter(({ segment }) => segment.runId === runId);
  }

  private hold(segment: LocalSegment, state: Waiting['state']): Waiting {
    let finish = (): void => undefined;
    const done = new Promise<void>((resolve) => (finish = resolve));
    const location = this.store.locationOf(nameOf(segment));
    const told = Promise.resolve();
    const waiting: Waiting = { segment, location, state, told, done, finish };
    this.waiting.set(keyOf(segment), waiting);
    return waiting;
  }

  private forget({ segment, finish }: Waiting): void {
    this.waiting.delete(keyOf(segment));
    finish();
  }

  private work(): void {
    while (this.queue.length > 0 && this.workers < this.limits.atOnce) {
      if (this.stopping.signal.aborted) return;
      this.workers += 1;
      void this.workThrough();
    }
  }

  /** Never rejects. Counts itself out in the same step in which it finds nothing more to do. */
  private async workThrough(): Promise<void> {
    for (;;) {
      const one = this.stopping.signal.aborted ? undefined : this.queue.shift();
      if (!one) {
        this.workers -= 1;
        return;
      }
      one.state = 'under-way';
      try {
        await this.deliver(one);
        this.forget(one);
        this.noteSuccess();
      } catch (error) {
        one.state = 'queued';
        this.queue.push(one);
        await this.pause(error);
      }
    }
  }

  private async deliver(one: Waiting): Promise<void> {
    const { segment, location } = one;
    await one.told;
    const state = segment.moments === 0 ? 'erasing' : await this.register(one);
    switch (state) {
      case 'open':
        await this.store.put(location, segment.path);
        if (!(await this.notes.stored(segment, segment.moments))) await this.erase(one);
        break;
      case 'erasing':
        await this.erase(one);
        break;
      case 'stored':
      case 'erased':
        break;
      case 'unknown':
        // A store that was restored to an earlier time has no such call yet. The file stays.
        this.log.warn('recording.of_unknown_call', { workflow_run_id: segment.runId });
        return;
      default:
        state satisfies never;
    }
    await this.spool.remove(segment);
  }

  private async erase({ segment, location }: Waiting): Promise<void> {
    await this.store.erase(location);
    await this.notes.remove(segment);
  }

  private async register({ segment, location }: Waiting) {
    return this.notes.register(segment, segment.startedAt, location);
  }

  private noteSuccess(): void {
    if (this.failures > 0) this.log.info('recordings.store_is_back', { segments: this.count });
    this.failures = 0;
  }

  private async pause(error: unknown): Promise<void> {
    this.failures += 1;
    if (this.failures === 1) {
      this.log.warn('recordings.store_is_away', { segments: this.count, error });
    }
    const { pauseMs, pauseMaxMs } = this.limits;
    const doubled = pauseMs * 2 ** Math.min(20, this.failures - 1);
    const { signal } = this.stopping;
    // Aborted by the stop, it rejects.
    await sleep(Math.min(pauseMaxMs, doubled), undefined, { signal }).catch(() => undefined);
  }
}
