import { setTimeout as sleep } from 'node:timers/promises';
import { LATE, within } from '../../src/shared/within.js';
import type { Narrator } from '../demo/narrator.js';
import { isCallersTurn, isLoud, type PauseRules } from './agent-pause.js';
import type { CallersLine } from './callers-line.js';
import type { Step } from './options.js';
import type { ScriptedVoice } from './scripted-voice.js';

const LOOK_EVERY_MS = 20;
/** As fast as a person presses keys. */
const KEY_EVERY_MS = 150;
/** Gateway and carrier are on this machine. */
const ANSWER_WITHIN_MS = 30_000;

export interface Script extends PauseRules {
  steps: readonly Step[];
  /** When the caller hangs up at the latest. */
  maxMs: number;
  /** Whether the caller leaves the end to the agent. */
  waitsForEnd: boolean;
}

/** The caller's part of a call: listens, says and presses what is in the script, hangs up. */
export class ScriptedCall {
  private spansSeen = 0;
  private streamSeen = -1;
  /** By `performance.now`. */
  private lastLoud: number | null = null;

  constructor(
    private readonly call: CallersLine,
    private readonly voice: ScriptedVoice,
    private readonly readSound: (file: string) => Buffer,
    private readonly say: Narrator,
  ) {}

  /** @throws Error if the workflow does not answer */
  async play(script: Script): Promise<void> {
    const { call } = this;
    const answered = await within(ANSWER_WITHIN_MS, Promise.race([call.answered, call.ended]));
    if (answered === LATE || call.over.aborted) throw new Error('the workflow did not answer');
    this.say.step('answered', 'audio flows both ways');
    const over = performance.now() + script.maxMs;
    for (const step of script.steps) {
      await this.untilTurn(script, over);
      if (call.over.aborted || performance.now() > over) break;
      await this.perform(step);
    }
    if (script.waitsForEnd) await within(Math.max(0, over - performance.now()), call.ended);
    else await this.untilTurn(script, over);
    if (!call.over.aborted) {
      this.say.step('caller', 'hangs up');
      call.hangUp();
    }
  }

  private async perform(step: Step): Promise<void> {
    switch (step.kind) {
      case 'say':
        this.say.step('caller', `says ${step.file}`);
        await Promise.race([this.voice.say(this.readSound(step.file)), this.call.ended]);
        return;
      case 'keys':
        this.say.step('caller', `presses ${step.keys.length === 1 ? 'a key' : 'keys'}`);
        for (const key of step.keys) {
          this.call.sendDigits(key);
          await sleep(KEY_EVERY_MS);
        }
        return;
      default:
        step satisfies never;
    }
  }

  private async untilTurn(rules: PauseRules, over: number): Promise<void> {
    const since = performance.now();
    for (;;) {
      this.listen();
      const now = performance.now();
      if (this.call.over.aborted || now > over) return;
      if (isCallersTurn(now, since, this.lastLoud, rules)) return;
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Notes when the newest sound was heard, also of a stream that took the place of another. */
  private listen(): void {
    const { hearings } = this.call;
    if (hearings.length - 1 !== this.streamSeen) {
      this.streamSeen = hearings.length - 1;
      this.spansSeen = 0;
    }
    const recording = hearings.at(-1);
    if (!recording) return;
    const spans = recording.heardSpans.slice(this.spansSeen);
    this.spansSeen += spans.length;
    const loud = spans.findLast(({ audio }) => isLoud(audio));
    if (loud) this.lastLoud = recording.beganAt + loud.atMs;
  }
}
