import type { AgentCall, AgentSession, Resumed } from '../agent.js';
import { goesOnAt } from '../own-audio.js';

export interface MenuStep {
  prompt?: string[];
  keys?: Record<string, string>;
  timeout_seconds?: number;
  attempts?: number;
  next?: string;
  transfer?: { target: string; announce?: string | { sound: string } };
  /** The workflow that goes on with the call after the prompt. */
  workflow?: number;
  facts?: Record<string, string>;
}

export interface MenuOptions {
  start: string;
  steps: Record<string, MenuStep>;
}

/** Where a caller is in a menu, for another process to go on from. */
interface MenuState {
  step: string;
  attempt: number;
  /** How long a key is still waited for; null: the prompt is being heard. */
  waitingMs: number | null;
  /** Where in the prompt, in bytes, the utterance began that is being heard. */
  from: number;
  /** The caller is being transferred, or comes back from that. */
  isTransferring?: boolean;
}

/** How soon a transfer is asked for anew where nothing says that it came to nothing, in milliseconds. */
const TRANSFER_AGAIN_MS = 1_000;
/** How many steps may follow each other without a key. More is an endless circle. */
const STEPS_IN_A_ROW = 100;

/** One caller's way through a menu. */
export class MenuSession implements AgentSession {
  private name = '';
  private step: MenuStep = {};
  private attempt = 0;
  private stepsInARow = 0;
  /** Rises whenever the caller moves to another step, so that work begun before has no effect any more. */
  private turn = 0;
  private timer: NodeJS.Timeout | null = null;
  /** When the timer fires, in milliseconds of the process's monotonic clock. */
  private waitsUntil = 0;
  /** See {@link MenuState.from}. */
  private from = 0;
  private isTransferring = false;

  constructor(
    private readonly call: AgentCall,
    private readonly options: MenuOptions,
    private readonly sounds: ReadonlyMap<string, Buffer>,
  ) {}

  begin(): void {
    const { resumed } = this.call;
    const state = (resumed?.state ?? null) as MenuState | null;
    if (resumed && state) this.goOnFrom(state, resumed);
    else this.enter(this.options.start);
  }

  snapshot(): MenuState {
    const { name: step, attempt, timer, from, isTransferring } = this;
    const waitingMs = timer ? Math.max(0, this.waitsUntil - performance.now()) : null;
    return { step, attempt, waitingMs, from, isTransferring };
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

  onTransferFailed(): void {
    this.isTransferring = false;
    this.goOn();
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
    this.name = name;
    this.step = this.options.steps[name] ?? {};
    this.attempt = 0;
    try {
      this.call.setFacts({ ...this.step.facts, menu_step: name });
    } catch (error) {
      // This is mostly called by a timer, where nobody would catch a throw.
      this.call.fail(error instanceof Error ? error : new Error('a fact cannot be stored'));
      return;
    }
    this.play();
  }

  /** The facts of the step are stored, and its prompt was heard in part or whole. */
  private goOnFrom(state: MenuState, resumed: Resumed): void {
    const { step, attempt, waitingMs, from, isTransferring = false } = state;
    this.name = step;
    this.step = this.options.steps[step] ?? {};
    this.attempt = attempt;
    const length = this.prompt().reduce((bytes, sound) => bytes + sound.length, 0);
    if (isTransferring) {
      // The process died before the transfer was written down, unless it is told now that it failed.
      this.timer = setTimeout(() => this.leave(), TRANSFER_AGAIN_MS);
    } else if (waitingMs === null) void this.say(goesOnAt(resumed, from, length));
    else this.wait(waitingMs);
  }

  private play(): void {
    this.attempt += 1;
    void this.say(0);
    this.call.checkpoint();
  }

  /** Plays the step's prompt, then waits for a key or moves on. */
  private async say(from: number): Promise<void> {
    this.stopWaiting();
    this.turn += 1;
    this.from = from;
    const { turn } = this;
    const utterance = this.call.speak();
    let skipped = from;
    for (const sound of this.prompt()) {
      utterance.write(sound.subarray(skipped));
      skipped = Math.max(0, skipped - sound.length);
    }
    utterance.end();
    // Whether the prompt was heard to the end or talked over, it is the caller's turn.
    await utterance.finished;
    if (turn !== this.turn || this.call.signal.aborted) return;
    if (this.step.transfer) this.leave();
    else if (this.step.workflow !== undefined) void this.passOn(this.step.workflow);
    else if (this.step.keys) this.wait((this.step.timeout_seconds ?? 5) * 1_000);
    else this.goOn();
  }

  /** The step's person takes over; the step after this one is for callers whom that person does not reach. */
  private leave(): void {
    const { target = '', announce } = this.step.transfer ?? {};
    this.stopWaiting();
    if (!this.call.transferTargets.includes(target)) return this.goOn();
    this.isTransferring = true;
    this.call.transfer(target, announce === undefined ? {} : { announce });
  }

  /** Another workflow goes on with the call; the step after this one is for callers whom it cannot take. */
  private async passOn(workflowId: number): Promise<void> {
    const { turn } = this;
    const isPassed = await this.call.passOn(workflowId);
    if (!isPassed && turn === this.turn && !this.call.signal.aborted) this.goOn();
  }

  private prompt(): Buffer[] {
    return (this.step.prompt ?? []).map((name) => this.sounds.get(name) ?? Buffer.alloc(0));
  }

  private wait(ms: number): void {
    this.waitsUntil = performance.now() + ms;
    this.timer = setTimeout(() => this.again(), ms);
  }

  private again(): void {
    if (this.attempt < (this.step.attempts ?? 3)) this.play();
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
