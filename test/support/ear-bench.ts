import { Ear } from '../../src/audio/ear/ear.js';
import type { ResumeReason, Step } from '../../src/audio/ear/interruption.js';
import type { SensitivityName } from '../../src/audio/ear/sensitivity.js';
import { SentLevels } from '../../src/audio/ear/sent-levels.js';
import { VoiceModel, WINDOW_BYTES, type ListenedVoice } from '../../src/audio/ear/voice-model.js';
import { MulawVoices } from '../../src/audio/silero/mulaw-voices.js';
import { loadSileroWeights } from '../../src/audio/silero/weights.js';
import { mulawFrames, noise } from './test-signals.js';

/** The voice model in line: it answers at once. */
export class InlineVoiceModel extends VoiceModel {
  windows = 0;
  private readonly voices = new MulawVoices(loadSileroWeights());
  private last = 0;

  listen(_windows: number, onHeard: (probability: number) => void): ListenedVoice {
    this.last += 1;
    const voice = this.last;
    return {
      push: (windows) => {
        this.windows += windows.length / WINDOW_BYTES;
        onHeard(this.voices.hear(voice, windows));
        return true;
      },
      end: () => this.voices.forget(voice),
    };
  }
}

/** One that never has time: the pitch decides. */
export class BusyVoiceModel extends VoiceModel {
  listen(): null {
    return null;
  }
}

/** What is on the line. Sounds are 16 bits at 8 kHz, at their levels; an agent who is absent says nothing. */
export interface Scene {
  ms: number;
  /** What the agent says, from its beginning to its end; silence in it that is exactly that is not said. */
  agent?: Int16Array;
  agentFromMs?: number;
  caller?: Int16Array;
  callerFromMs?: number;
  background?: Int16Array;
  /** How much weaker the agent comes back, and when. */
  echo?: { db: number; delayMs: number } | undefined;
  sensitivity?: SensitivityName;
  mayEcho?: boolean;
  /** The scene ends when the agent is given up after this. */
  untilGivenUpAfterMs?: number;
}

export interface Told {
  step: Step;
  reason: ResumeReason | null;
  /** From the beginning of the scene to the end of the frame. */
  atMs: number;
}

const LINE_NOISE_DBOV = -62;

/**
 * What the ear says of a scene in which the agent says what it says, interrupted or not. Time passes with the frames.
 */
export function heardIn(scene: Scene, model: VoiceModel): Told[] {
  const { ms, agent = new Int16Array(0), agentFromMs = 0 } = scene;
  const told: Told[] = [];
  let now = 0;
  const ear = new Ear({
    model,
    sensitivity: scene.sensitivity ?? 'normal',
    mayEcho: scene.mayEcho ?? true,
    interrupts: true,
    onStep: (step, reason) =>
      told.push({ step, reason: step === 'resumed' ? reason : null, atMs: now + 20 }),
  });
  const sent = new SentLevels();
  const said = mulawFrames(agent);
  const firstSaid = agentFromMs / 20;
  const came = mulawFrames(lineOf(scene, ms));
  const { untilGivenUpAfterMs: from = Infinity } = scene;
  for (const [index, frame] of came.entries()) {
    now = index * 20;
    const saying = said[index - firstSaid];
    if (saying) sent.send(saying, now);
    ear.hear(frame, now, saying !== undefined, sent.hear(now) ? sent.bands : null);
    if (ear.deadline !== null && ear.deadline <= now) ear.look(now);
    if (told.some(({ step, atMs }) => step === 'given_up' && atMs > from)) break;
  }
  return told;
}

const NOISE = noise(15_000, LINE_NOISE_DBOV, 3);

function lineOf(scene: Scene, ms: number): Int16Array {
  const { agent, agentFromMs = 0, caller, callerFromMs = 0, background, echo } = scene;
  const line = Float64Array.from(NOISE.subarray(0, ms * 8));
  if (caller) add(line, caller, callerFromMs, 1);
  if (background) add(line, background, 0, 1);
  if (echo && agent) add(line, agent, agentFromMs + echo.delayMs, 10 ** (echo.db / 20));
  const samples = new Int16Array(line.length);
  for (let at = 0; at < line.length; at += 1) {
    const sample = line[at] as number;
    samples[at] = sample > 32_767 ? 32_767 : sample < -32_768 ? -32_768 : sample;
  }
  return samples;
}

function add(line: Float64Array, sound: Int16Array, fromMs: number, gain: number): void {
  const from = fromMs * 8;
  const length = sound.length < line.length - from ? sound.length : line.length - from;
  for (let at = 0; at < length; at += 1) line[from + at]! += (sound[at] as number) * gain;
}

/**
 * How long after the caller's first sound, or after `fromMs`, the agent is paused and given up; infinite where it is not.
 * `before`: what happened until then.
 */
export function reaction(scene: Scene, model: VoiceModel, fromMs = scene.callerFromMs ?? 0) {
  const told = heardIn({ untilGivenUpAfterMs: fromMs, ...scene }, model);
  const after = (...steps: Step[]): number => {
    const found = told.find(({ step, atMs }) => steps.includes(step) && atMs > fromMs);
    return found ? found.atMs - fromMs : Infinity;
  };
  return {
    pausedMs: after('paused', 'given_up'),
    givenUpMs: after('given_up'),
    before: told.filter(({ atMs }) => atMs <= fromMs),
  };
}

export interface ToldTurn {
  /** When it was told to have begun, and to have ended, from the beginning of the scene; no end: Infinity. */
  startedAtMs: number;
  endedAtMs: number;
  /** By its beginning: when it began. */
  beganAtMs: number;
}

/** The turns of a caller in a scene in which the agent may speak, and is not to be interrupted. */
export function turnsIn(scene: Scene & { silenceMs?: number }, model: VoiceModel): ToldTurn[] {
  const { ms, agent = new Int16Array(0), agentFromMs = 0, silenceMs = 600 } = scene;
  const turns: ToldTurn[] = [];
  let now = 0;
  const ear = new Ear({
    model,
    sensitivity: scene.sensitivity ?? 'normal',
    mayEcho: true,
    interrupts: false,
    onStep: () => undefined,
  });
  ear.followTurns(silenceMs, false, {
    onStarted: (agoMs) =>
      turns.push({ startedAtMs: now + 20, beganAtMs: now + 20 - agoMs, endedAtMs: Infinity }),
    onEnded: () => Object.assign(turns.at(-1) ?? {}, { endedAtMs: now + 20 }),
  });
  const sent = new SentLevels();
  const said = mulawFrames(agent);
  for (const [index, frame] of mulawFrames(lineOf(scene, ms)).entries()) {
    now = index * 20;
    const saying = said[index - agentFromMs / 20];
    if (saying) sent.send(saying, now);
    ear.hear(frame, now, saying !== undefined, sent.hear(now) ? sent.bands : null);
  }
  return turns;
}
