import { Injectable } from '@nestjs/common';

/** How long a sample counts: two clocks drift apart by less than a millisecond in that time. */
const SAMPLE_MS = 60_000;

/**
 * Translates times of the store's clock into this process's monotonic clock
 * (`performance.now`). A query that reads the store's clock is a sample: the clock was read
 * somewhere between the moment at which the query was sent and that at which its reply came. The
 * quickest query of the last minute is believed, so a query that was slow spoils nothing.
 */
@Injectable()
export class StoreClock {
  private offset = 0;
  private uncertainty = Infinity;
  private takenAt = -Infinity;

  /** @param storeMs the store's time that the reply holds, in milliseconds since 1970 */
  note(sentAt: number, receivedAt: number, storeMs: number): void {
    const uncertainty = (receivedAt - sentAt) / 2;
    const offset = storeMs - (sentAt + receivedAt) / 2;
    const isOld = receivedAt - this.takenAt > SAMPLE_MS;
    // Beyond what both samples leave uncertain, the store's clock was set.
    const wasSet = Math.abs(offset - this.offset) > uncertainty + this.uncertainty + 1;
    if (!isOld && !wasSet && uncertainty > this.uncertainty) return;
    this.offset = offset;
    this.uncertainty = uncertainty;
    this.takenAt = receivedAt;
  }

  /** What the store's clock shows at a monotonic time; null: it was never read. */
  storeTime(localMs: number): number | null {
    return this.takenAt === -Infinity ? null : localMs + this.offset;
  }

  /** The monotonic time at which the store's clock shows `storeMs`. */
  localTime(storeMs: number): number {
    return storeMs - this.offset;
  }
}
