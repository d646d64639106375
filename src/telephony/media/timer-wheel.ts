import { MillisecondCounts } from '../../shared/metrics/millisecond-counts.js';

/** One of a ring of neighbours, or alone. */
class Link {
  before: Link = this;
  after: Link = this;

  get isAlone(): boolean {
    return this.after === this;
  }

  leave(): void {
    this.before.after = this.after;
    this.after.before = this.before;
    this.before = this;
    this.after = this;
  }

  /** Becomes the last of the ring that begins after `start`. */
  join(start: Link): void {
    this.before = start.before;
    this.after = start;
    this.before.after = this;
    start.before = this;
  }
}

/** What a wheel wakes: at most one appointment each. All but {@link wake} is the wheel's alone. */
export abstract class Sleeper extends Link {
  /** Milliseconds of the wheel's clock; null while nothing is arranged. */
  wakeAt: number | null = null;

  abstract wake(now: number): void;
}

const SLOT_MS = 5;
/** A turn of 640 ms: longer than any pause of a play-out. Later appointments wait for further turns. */
const SLOTS = 128;

/**
 * One timer for all calls, on the monotonic clock. Appointments are kept in
 * slots of 5 ms; an appointment costs the same whether there are ten calls or a
 * thousand, and nothing runs while there is none.
 *
 * Those of a slot are linked to one another: sets, which grow and shrink fifty times a second for each
 * call, were a tenth of all garbage.
 */
export class TimerWheel {
  private readonly slots = Array.from({ length: SLOTS }, () => new Link());
  /** Those of the slot that is being looked at which are due, and have not been woken. */
  private readonly due = new Link();
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
    const slot = Math.max(0, Math.ceil(at / SLOT_MS));
    if (this.size === 0) this.next = Math.min(slot, Math.floor(this.now() / SLOT_MS));
    const wakeAt = Math.max(slot, this.next) * SLOT_MS;
    if (sleeper.wakeAt === null) this.size += 1;
    else sleeper.leave();
    sleeper.wakeAt = wakeAt;
    sleeper.join(this.slotOf(wakeAt));
    this.arm(wakeAt);
  }

  cancel(sleeper: Sleeper): void {
    if (sleeper.wakeAt === null) return;
    this.take(sleeper);
    if (this.size === 0) this.disarm();
  }

  /** Wakes every sleeper that is due. */
  turn(now: number): void {
    const last = Math.floor(now / SLOT_MS);
    // After a long pause one turn of the wheel sees every slot.
    this.next = Math.max(this.next, last - SLOTS + 1);
    while (this.next <= last && this.size > 0) {
      this.gather(this.slots[this.next % SLOTS] as Link, now);
      this.next += 1;
      this.wakeDue(now);
    }
  }

  /** What a sleeper does when woken may move any other, so those that are due are told apart first. */
  private gather(slot: Link, now: number): void {
    for (let link = slot.after; link !== slot;) {
      const sleeper = link as Sleeper;
      link = link.after;
      if (sleeper.wakeAt === null || sleeper.wakeAt > now) continue;
      sleeper.leave();
      sleeper.join(this.due);
    }
  }

  private wakeDue(now: number): void {
    while (!this.due.isAlone) {
      const sleeper = this.due.after as Sleeper;
      this.lateness.note(now - (sleeper.wakeAt ?? now));
      this.take(sleeper);
      sleeper.wake(now);
    }
  }

  private take(sleeper: Sleeper): void {
    sleeper.leave();
    sleeper.wakeAt = null;
    this.size -= 1;
  }

  private slotOf(at: number): Link {
    return this.slots[(at / SLOT_MS) % SLOTS] as Link;
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
    try {
      this.turn(this.now());
    } finally {
      // What one sleeper throws does not keep the others asleep.
      const due = this.earliest();
      if (due !== null) this.arm(due);
    }
  }

  private earliest(): number | null {
    if (this.size === 0) return null;
    if (!this.due.isAlone) return this.next * SLOT_MS;
    for (let ahead = 0; ahead < SLOTS; ahead += 1) {
      const slot = this.next + ahead;
      if (this.slots[slot % SLOTS]?.isAlone === false) return slot * SLOT_MS;
    }
    return null;
  }
}
