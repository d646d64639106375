import { Ear } from '../../src/audio/ear/ear.js';
import { SentLevels } from '../../src/audio/ear/sent-levels.js';
import { VoiceModel, type ListenedVoice } from '../../src/audio/ear/voice-model.js';
import { FrameClassifier } from '../../src/audio/frame-classifier.js';
import { encodeMulaw, MULAW_BYTES_PER_SECOND, MULAW_FRAME_BYTES } from '../../src/audio/mulaw.js';
import { roomNoise, voice } from './media/working/voice.js';

export const HEARING_HELP = `  hearing       what listening for interruptions costs, while nobody interrupts
`;

const FRAME_MS = 20;
/** As a service has them: nothing of one call is in the processor's memory when its next frame comes. */
const CALLS = 100;
const ROUNDS = 9;
const FRAMES_A_ROUND = 400;
const SPEECH_SECONDS = 8;
/** How much weaker, and how many frames later, the agent comes back. */
const ECHO_GAIN = 10 ** (-25 / 20);
const ECHO_FRAMES = 12;
const PITCH = 190;

/** One call's hearing of a frame; `n` counts them. */
type Hear = (n: number) => void;

export interface HearingResult {
  name: string;
  /** µs of processor time for a frame: the best of nine rounds. */
  microseconds: number;
  /** How often the voice model was wanted. */
  wanted: number;
}

class Unwanted extends VoiceModel {
  wanted = 0;

  listen(): ListenedVoice | null {
    this.wanted += 1;
    return null;
  }
}

/** Measures the ear with an agent who is silent, who speaks, and who comes back; and the pitch test, which came before the ear. */
export function benchHearing(): HearingResult[] {
  const noise = framesOf(roomNoise(MULAW_BYTES_PER_SECOND));
  const speech = voice(PITCH, MULAW_BYTES_PER_SECOND, SPEECH_SECONDS);
  const said = framesOf(speech);
  const late = ECHO_FRAMES * MULAW_FRAME_BYTES;
  const quiet = roomNoise(speech.length);
  const echo = framesOf(
    Int16Array.from(speech, (_, at) => quiet[at]! + ECHO_GAIN * (speech[at - late] ?? 0)),
  );
  const model = new Unwanted();
  const measured = (name: string, hear: () => Hear): HearingResult => {
    model.wanted = 0;
    const result = { name, microseconds: microseconds(hear), wanted: model.wanted };
    process.stdout.write(
      `  ${name.padEnd(34)}${result.microseconds.toFixed(2)} µs a frame` +
        `${result.wanted > 0 ? `, the voice model wanted ${result.wanted} times` : ''}\n`,
    );
    return result;
  };
  return [
    measured('pitch test, quiet line', () => {
      const classifier = new FrameClassifier();
      return (n) => void classifier.push(noise[n % noise.length]!);
    }),
    measured('ear, agent silent', () => byEar(model, noise, null)),
    measured('ear, agent speaks', () => byEar(model, noise, said)),
    measured('ear, agent speaks and comes back', () => byEar(model, echo, said)),
  ];
}

function byEar(model: VoiceModel, came: readonly Buffer[], said: readonly Buffer[] | null): Hear {
  const sent = new SentLevels();
  const ear = new Ear({
    model,
    sensitivity: 'normal',
    mayEcho: true,
    interrupts: true,
    onStep: () => undefined,
  });
  return (n) => {
    const now = n * FRAME_MS;
    if (said) sent.send(said[n % said.length]!, now);
    ear.hear(came[n % came.length]!, now, said !== null, sent.hear(now) ? sent.bands : null);
  };
}

function microseconds(hearing: () => Hear): number {
  const calls = Array.from({ length: CALLS }, hearing);
  const rounds = Array.from({ length: ROUNDS }, (_, round) => {
    const before = process.cpuUsage();
    for (let frame = 0; frame < FRAMES_A_ROUND; frame += 1) {
      for (const hear of calls) hear(round * FRAMES_A_ROUND + frame);
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / (FRAMES_A_ROUND * CALLS);
  });
  return Math.min(...rounds);
}

function framesOf(samples: Int16Array): Buffer[] {
  const bytes = encodeMulaw(samples);
  return Array.from({ length: Math.floor(bytes.length / MULAW_FRAME_BYTES) }, (_, n) =>
    bytes.subarray(n * MULAW_FRAME_BYTES, (n + 1) * MULAW_FRAME_BYTES),
  );
}
