import type { AgentCall, AgentSession } from '../agent.js';

export interface MenuStep {
  prompt?: string[];
  keys?: Record<string, string>;
  timeout_seconds?: number;
  attempts?: number;
  next?: string;
  facts?: Record<string, string>;
}

export interface MenuOptions {
  start: string;
  steps: Record<string, MenuStep>;
}

/** How many steps may follow each other without a key. More is an endless circle. */
const STEPS_IN_A_ROW = 100;

/** One caller's way through a menu. */
export class MenuSession implements AgentSession {
  private step: MenuStep = {};
  private attempt = 0;
  private stepsInARow = 0;
  /** Rises whenever the caller moves to another step, so that work begun before has no effect any more. */
  private turn = 0;
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly call: AgentCall,
    private readonly options: MenuOptions,
    private readonly sounds: ReadonlyMap<string, Buffer>,
  ) {}

  begin(): void {
    this.enter(this.options.start);
  }

  onAudio(): void {
    // Only keys count.
  }

  onDtmf(digit: string): void {
    const { keys } = this.step;
    if (!keys) return;
    this.call.interrupt();
    this.stepsInARow = 0;
    const next = Object.hasOwn(keys, digit) ? keys[digit] : undefined;
    if (next === undefined) this.again();
    else this.enter(next);
  }

  onEnd(): void {
    this.stopWaiting();
  }

  private enter(name: string): void {
    this.stepsInARow += 1;
    if (this.stepsInARow > STEPS_IN_A_ROW) {
      this.call.fail(new Error(`the menu goes in a circle at "${name}"`));
      return;
    }
    this.step = this.options.steps[name] ?? {};
    this.attempt = 0;
    try {
      this.call.setFacts({ ...this.step.facts, menu_step: name });
    } catch (error) {
      // This is mostly called by a timer, where nobody would catch a throw.
      this.call.fail(error instanceof Error ? error : new Error('a fact cannot be stored'));
      return;
    }
    void this.play();
  }

  /** Plays the step's prompt, then waits for a key or moves on. */
  private async play(): Promise<void> {
    this.stopWaiting();
    this.attempt += 1;
    this.turn += 1;
    const { turn } = this;
    const utterance = this.call.speak();
    for (const name of this.step.prompt ?? []) {
      utterance.write(this.sounds.get(name) ?? Buffer.alloc(0));
    }
    utterance.end();
    // Whether the prompt was heard to the end or talked over, it is the caller's turn.
    await utterance.finished;
    if (turn !== this.turn || this.call.signal.aborted) return;
    if (this.step.keys) this.wait();
    else this.goOn();
  }

  private wait(): void {
    const timeoutMs = (this.step.timeout_seconds ?? 5) * 1_000;
    this.timer = setTimeout(() => this.again(), timeoutMs);
  }

  private again(): void {
    if (this.attempt < (this.step.attempts ?? 3)) void this.play();
    else this.goOn();
  }

  private goOn(): void {
    this.stopWaiting();
    this.turn += 1;
    if (this.step.next === undefined) this.call.hangUp();
    else this.enter(this.step.next);
  }

  private stopWaiting(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }
}
