import type { HeardClock } from './heard-clock.js';
import { OwnMarks } from './own-marks.js';
import type { TimerWheel } from './timer-wheel.js';

/**
 * Marks that may be outstanding: more than one for each frame of ten minutes, and what they hold is
 * some megabytes at most.
 */
const MARKS_MAX = 32_768;
/** A carrier that has not returned a mark so long after it was due will not. */
const MARK_OVERDUE_MS = 5_000;

export type MarkOutcome = 'played' | 'cleared';

interface Mark {
  /** All bytes before it are to be heard first. */
  position: number;
  /** When that is, by send times; known once it is sent. */
  dueAt: number;
  settle: (outcome: MarkOutcome) => void;
}

export interface MarksParts {
  wheel: TimerWheel;
  clock: HeardClock;
  /** Tells the carrier. False: this carrier returns none, and the mark is settled by our own clock. */
  send: (name: string) => boolean;
}

/** The marks of one stream: those whose audio is not sent yet, and those that the carrier has. */
export class PlayoutMarks {
  private pending: Mark[] = [];
  private readonly returning = new Map<string, Mark>();
  private readonly own: OwnMarks;
  /** How often audio was taken back; a name of before is not settled again. */
  private generation = 0;
  private sent = 0;

  constructor(private readonly parts: MarksParts) {
    this.own = new OwnMarks(parts.wheel, (name) => this.settlePlayed(name));
  }

  get areFull(): boolean {
    return this.pending.length + this.returning.size >= MARKS_MAX;
  }

  get arePending(): boolean {
    return this.pending.length > 0;
  }

  get areOutstanding(): boolean {
    return this.returning.size > 0;
  }

  /** `settle` is called once, when all before `position` has been heard, or cut off. */
  add(position: number, settle: (outcome: MarkOutcome) => void): void {
    this.pending.push({ position, dueAt: 0, settle });
  }

  /** Sends those whose audio is all sent. False: there are none. */
  sendDue(now: number): boolean {
    const { clock } = this.parts;
    let isAny = false;
    while (this.pending[0] && this.pending[0].position <= clock.sent) {
      this.send(this.pending.shift() as Mark, now);
      isAny = true;
    }
    return isAny;
  }

  /** Sends one that is for the clock alone. */
  sendForClock(now: number): void {
    this.send({ position: this.parts.clock.sent, dueAt: 0, settle: () => undefined }, now);
  }

  /** The carrier returned a mark; one of before the last {@link takeBack} was settled then. */
  returned(name: string, now: number): void {
    const mark = this.returning.get(name);
    if (!mark) return;
    this.returning.delete(name);
    this.parts.clock.markReturned(mark.dueAt, now);
    mark.settle('played');
  }

  /** Settles what the carrier does not. */
  check(now: number): void {
    for (const [name, mark] of this.returning) {
      if (now < mark.dueAt + MARK_OVERDUE_MS) break;
      this.settlePlayed(name);
    }
  }

  /**
   * The audio behind `heard` is taken back from the carrier, and its marks wait here again.
   * @returns settles those of heard audio: afterwards, because it calls back
   */
  takeBack(heard: number): () => void {
    const outstanding = [...this.returning.values()];
    this.generation += 1;
    this.returning.clear();
    this.own.forget();
    this.pending.unshift(...outstanding.filter((mark) => mark.position > heard));
    const past = outstanding.filter((mark) => mark.position <= heard);
    return () => past.forEach((mark) => mark.settle('played'));
  }

  /**
   * Those whose audio is not sent never will be.
   * @returns settles them: afterwards, because it calls back
   */
  drop(): () => void {
    const marks = this.pending;
    this.pending = [];
    return () => marks.forEach((mark) => mark.settle('cleared'));
  }

  /** Settles all. */
  end(heard: number): void {
    this.own.forget();
    const marks = [...this.returning.values(), ...this.pending];
    this.returning.clear();
    this.pending = [];
    for (const mark of marks) mark.settle(mark.position <= heard ? 'played' : 'cleared');
  }

  private settlePlayed(name: string): void {
    const mark = this.returning.get(name);
    this.returning.delete(name);
    mark?.settle('played');
  }

  private send(mark: Mark, now: number): void {
    const { clock, send } = this.parts;
    this.sent += 1;
    const name = `${this.generation}-${this.sent}`;
    mark.dueAt = Math.max(clock.endsAt(), now);
    this.returning.set(name, mark);
    if (!send(name)) this.own.expect(name, mark.dueAt + clock.delayMs());
  }
}
