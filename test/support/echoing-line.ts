import { Listening } from '../../src/telephony/media/listening.js';
import { Playout as AgentPlayout } from '../../src/telephony/media/playout.js';
import { TimerWheel } from '../../src/telephony/media/timer-wheel.js';
import type { ResumeReason, Step } from '../../src/audio/ear/interruption.js';
import type { VoiceModel } from '../../src/audio/ear/voice-model.js';
import { decodeMulaw, encodeMulaw, MULAW_FRAME_BYTES } from '../../src/audio/mulaw.js';
import { Playout } from '../../tools/carrier/media/playout.js';
import { SeededRandom } from '../../tools/carrier/random.js';
import { noise } from './test-signals.js';

const FRAME_MS = 20;
/** How fine time passes. */
const STEP_MS = 5;
const NOISE = noise(8_192, -62);

export interface LineOptions {
  model: VoiceModel;
  /** From us to the carrier, and back, in milliseconds. */
  awayMs: number;
  /** By how much frames of the caller's are late at most, which come in their order; default 0. */
  jitterMs?: number;
  /** How much weaker the phone's loudspeaker is in its microphone, in dB, and how much later; absent: not at all. */
  echo?: { db: number; delayMs: number };
  /** What the agent says, μ-law, from the beginning. */
  agent: Buffer;
  caller?: { samples: Int16Array; fromMs: number };
  ms: number;
}

export interface LineOutcome {
  steps: Array<{ step: Step; reason: ResumeReason | null; atMs: number }>;
  /** Of each frame that the phone played: whether the agent was to be heard in it. */
  heard: boolean[];
}

/**
 * A call by a clock of its own: an agent who is paused and given up for good, the play-out, a carrier some way off,
 * and a phone whose loudspeaker may be heard by its microphone.
 */
export function onLine(options: LineOptions): LineOutcome {
  const { awayMs, jitterMs = 0, agent, ms } = options;
  const random = new SeededRandom(11);
  const carrier = new Playout();
  const posts: Array<{ at: number; take: () => void }> = [];
  const steps: LineOutcome['steps'] = [];
  const heard: boolean[] = [];
  const played: Int16Array[] = [];
  let now = 1_000;
  let lastArrival = 0;
  const post = (take: () => void, lateMs = 0): void =>
    void posts.push({ at: now + awayMs + lateMs, take });
  const back = (marks: string[]): void =>
    marks.forEach((name) => post(() => playout.markReturned(name)));
  const wheel = new TimerWheel(() => now);
  const playout = new AgentPlayout({
    line: {
      audio: (frame) => {
        const copy = Buffer.from(frame);
        post(() => void carrier.push(copy));
        return true;
      },
      mark: (name) => {
        post(() => back(carrier.mark(name)));
        return true;
      },
      clear: () => post(() => back(carrier.clear())),
    },
    wheel,
    now: () => now,
    onFlood: () => undefined,
  });
  const listening = new Listening({
    playout,
    wheel,
    model: options.model,
    sensitivity: 'normal',
    mayEcho: true,
    bargeIn: true,
    heardMs: () => playout.heard() / 8,
    interrupt: () => playout.interrupt() / 8,
    onStep: (step, _heardMs, reason) =>
      steps.push({ step, reason: step === 'resumed' ? reason : null, atMs: now - 1_000 }),
  });

  const speak = (): void => {
    const { audio, marks } = carrier.play(MULAW_FRAME_BYTES);
    back(marks);
    heard.push(audio.length > 0);
    const sound = new Int16Array(MULAW_FRAME_BYTES);
    sound.set(decodeMulaw(audio));
    played.push(sound);
    const frame = encodeMulaw(microphone(options, played));
    const lateMs = Math.max(0, random.next() * jitterMs);
    const at = Math.max(lastArrival, now + awayMs + lateMs);
    lastArrival = at;
    posts.push({ at, take: () => listening.hear(frame, now) });
  };
  playout.write(agent);
  for (const end = now + ms; now < end; now += STEP_MS) {
    const due = posts.filter(({ at }) => at <= now);
    if (due.length > 0) posts.splice(0, posts.length, ...posts.filter(({ at }) => at > now));
    for (const { take } of due) take();
    wheel.turn(now);
    if (now % FRAME_MS === 0) speak();
  }
  listening.end();
  playout.end();
  return { steps, heard };
}

function microphone({ echo, caller }: LineOptions, played: readonly Int16Array[]): Int16Array {
  const echoed = echo && played[played.length - 1 - Math.round(echo.delayMs / FRAME_MS)];
  const gain = echo ? 10 ** (echo.db / 20) : 0;
  const words = caller?.samples;
  const from = (played.length - 1) * MULAW_FRAME_BYTES - (caller?.fromMs ?? 0) * 8;
  const sound = new Int16Array(MULAW_FRAME_BYTES);
  for (let at = 0; at < sound.length; at += 1) {
    sound[at] =
      NOISE[(from + at) & (NOISE.length - 1)]! +
      gain * (echoed?.[at] ?? 0) +
      (words?.[from + at] ?? 0);
  }
  return sound;
}
