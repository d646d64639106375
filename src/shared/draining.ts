/** How far the drain has come. */
export interface DrainStep {
  /**
   * `started` and `waiting` while calls may finish, `moving` while those that have not are handed
   * over, `finished` when no more time is given to any.
   */
  step: 'started' | 'waiting' | 'moving' | 'finished';
  /** Calls that are in progress; in `finished`: calls that are cut off. */
  calls: number;
  /** Seconds until those calls are handed over, or cut off where nobody can take them. */
  secondsLeft: number;
  /** Calls that were handed over so far. */
  moved: number;
}

/**
 * - `no`: the process works as usual
 * - `draining`: it accepts nothing new, and its calls may end by themselves
 * - `moving`: it hands over the calls that have not ended
 */
export type DrainPhase = 'no' | 'draining' | 'moving';

/** Whether this process is draining: it finishes its calls and accepts nothing new. */
export class Draining {
  private current: DrainPhase = 'no';
  private closing = false;
  private readonly listeners: Array<(step: DrainStep) => void> = [];
  private readonly phaseListeners: Array<() => void> = [];
  private readonly orderListeners: Array<() => void> = [];

  get phase(): DrainPhase {
    return this.current;
  }

  /** Whether the drain has started; it never ends. */
  get active(): boolean {
    return this.current !== 'no';
  }

  start(): void {
    if (!this.active) this.enter('draining');
  }

  /** From now on the calls that have not ended are handed over. */
  move(): void {
    if (this.current !== 'moving') this.enter('moving');
  }

  /** Orders the process to stop after its drain, as a signal does. Safe to repeat. */
  order(): void {
    for (const listener of this.orderListeners) listener();
  }

  /** `listener` is called at each order by {@link order}, and stops the service. */
  onOrder(listener: () => void): void {
    this.orderListeners.push(listener);
  }

  /** Whether no further stream is taken, because the store is about to be closed. */
  get isClosing(): boolean {
    return this.closing;
  }

  close(): void {
    this.closing = true;
  }

  /** `listener` is called after each change of the phase. It must not throw. */
  onPhase(listener: () => void): void {
    this.phaseListeners.push(listener);
  }

  private enter(phase: DrainPhase): void {
    this.current = phase;
    for (const listener of this.phaseListeners) listener();
  }

  /** `listener` is called at every step. It must not throw. */
  onStep(listener: (step: DrainStep) => void): void {
    this.listeners.push(listener);
  }

  tell(step: DrainStep): void {
    for (const listener of this.listeners) listener(step);
  }
}

/** Describes a step for a person, in one line. */
export function sayDrainStep({ step, calls, secondsLeft, moved }: DrainStep): string {
  const many = calls === 1 ? '1 call is' : `${calls} calls are`;
  switch (step) {
    case 'started':
      return calls === 0
        ? 'Stopping: no call is in progress.'
        : `Stopping: ${many} in progress and may go on for ${secondsLeft} s. Ctrl-C again stops at once.`;
    case 'waiting':
      return `${many} in progress, ${secondsLeft} s left. Ctrl-C stops at once.`;
    case 'moving':
      return `Handing calls over to other instances: moved ${moved} of ${moved + calls}. Ctrl-C stops at once.`;
    case 'finished':
      if (calls > 0) return `The time is up: ${many} cut.`;
      return moved === 0
        ? 'Every call has ended.'
        : `Every call has ended or was handed over (${moved}).`;
    default:
      return step satisfies never;
  }
}
