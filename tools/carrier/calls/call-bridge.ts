import type { FrameClock } from '../media/frame-clock.js';
import type { Phone } from '../phones/phone.js';

/** A call that can be connected with another. */
export interface BridgedCall {
  /** The phone that a person holds; null: the far end is scripted. */
  readonly phone: Phone | null;
  readonly bridges: CallBridge[];
  /** What the far end says in the next 20 ms. */
  nextFrame(): Buffer;
}

/** Two calls whose parties hear each other: the one that dials, and the one that it dialled. */
export class CallBridge {
  /** 20 ms frames that each party said. */
  readonly said = { caller: [] as Buffer[], person: [] as Buffer[] };
  /** When the two were connected, in milliseconds of the process's monotonic clock. */
  readonly beganAt = performance.now();
  /** When they were parted; null: they are not. */
  endedAt: number | null = null;
  private leaveClock: () => void = () => undefined;

  constructor(
    readonly caller: BridgedCall,
    readonly person: BridgedCall,
    private readonly keepsAudio: boolean,
  ) {
    caller.bridges.push(this);
    person.bridges.push(this);
  }

  /** Every 20 ms each party hears what the other says. */
  open(clock: FrameClock): void {
    this.leaveClock = clock.join(() => {
      const [fromCaller, fromPerson] = [this.caller.nextFrame(), this.person.nextFrame()];
      this.person.phone?.hear(fromCaller);
      this.caller.phone?.hear(fromPerson);
      if (!this.keepsAudio) return;
      this.said.caller.push(fromCaller);
      this.said.person.push(fromPerson);
    });
  }

  close(): void {
    this.leaveClock();
    this.endedAt ??= performance.now();
  }

  /** μ-law that a party has heard of the other, without gaps. */
  heardBy(call: BridgedCall): Buffer {
    return Buffer.concat(call === this.caller ? this.said.person : this.said.caller);
  }
}
