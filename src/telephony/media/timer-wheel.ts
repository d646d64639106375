import { MillisecondCounts } from '../../shared/metrics/millisecond-counts.js';

/** What a wheel wakes: at most one appointment each. */
export interface Sleeper {
  /** Milliseconds of the wheel's clock; null while nothing is arranged. Written by the wheel alone. */
  wakeAt: number | null;
  wake(now: number): void;
}

const SLOT_MS = 5;
/** A turn of 640 ms: longer than any pause of a play-out. Later appointments wait for further turns. */
const SLOTS = 128;

/**
 * One timer for all calls, on the monotonic clock. Appointments are kept in
 * slots of 5 ms; an appointment costs the same whether there are ten calls or a
 * thousand, and nothing runs while there is none.
 */
export class TimerWheel {
  private readonly slots: Array<Set<Sleeper>> = Array.from({ length: SLOTS }, () => new Set());
  private size = 0;
  /** The slot after the last one that was looked at. */
  private next = 0;
  private timer: NodeJS.Timeout | null = null;
  private armedFor = Number.POSITIVE_INFINITY;

  /** @param lateness counts by how much each appointment was late, against its slot */
  constructor(
    private readonly now: () => number = () => performance.now(),
    private readonly lateness = new MillisecondCounts(),
  ) {}

  /** Wakes `sleeper` at that time, up to 5 ms late; an appointment it had is moved. */
  arrange(sleeper: Sleeper, at: number): void {
    if (sleeper.wakeAt !== null) this.cancel(sleeper);
    const slot = Math.max(0, Math.ceil(at / SLOT_MS));
    if (this.size === 0) this.next = Math.min(slot, Math.floor(this.now() / SLOT_MS));
    sleeper.wakeAt = Math.max(slot, this.next) * SLOT_MS;
    this.slotOf(sleeper.wakeAt).add(sleeper);
    this.size += 1;
    this.arm(sleeper.wakeAt);
  }

  cancel(sleeper: Sleeper): void {
    if (sleeper.wakeAt === null) return;
    if (this.slotOf(sleeper.wakeAt).delete(sleeper)) this.size -= 1;
    sleeper.wakeAt = null;
    if (this.size === 0) this.disarm();
  }

  /** Wakes every sleeper that is due. */
  turn(now: number): void {
    const last = Math.floor(now / SLOT_MS);
    // After a long pause one turn of the wheel sees every slot.
    this.next = Math.max(this.next, last - SLOTS + 1);
    while (this.next <= last && this.size > 0) {
      const slot = this.slots[this.next % SLOTS];
      this.next += 1;
      if (!slot || slot.size === 0) continue;
      for (const sleeper of slot) {
        if (sleeper.wakeAt === null || sleeper.wakeAt > now) continue;
        slot.delete(sleeper);
        this.size -= 1;
        this.lateness.note(now - sleeper.wakeAt);
        sleeper.wakeAt = null;
        sleeper.wake(now);
      }
    }
  }

  private slotOf(at: number): Set<Sleeper> {
    return this.slots[(at / SLOT_MS) % SLOTS] as Set<Sleeper>;
  }

  private arm(at: number): void {
    if (at >= this.armedFor) return;
    if (this.timer) clearTimeout(this.timer);
    this.armedFor = at;
    this.timer = setTimeout(() => this.ring(), Math.max(0, at - this.now()));
  }

  private disarm(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.armedFor = Number.POSITIVE_INFINITY;
  }

  private ring(): void {
    this.disarm();
    this.turn(this.now());
    const due = this.earliest();
    if (due !== null) this.arm(due);
  }

  private earliest(): number | null {
    if (this.size === 0) return null;
    for (let ahead = 0; ahead < SLOTS; ahead += 1) {
      const slot = this.next + ahead;
      if (this.slots[slot % SLOTS]?.size) return slot * SLOT_MS;
    }
    return null;
  }
}
