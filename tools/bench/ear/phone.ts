import { decodeMulaw, encodeMulaw, MULAW_FRAME_BYTES } from '../../../src/audio/mulaw.js';
import { Playout } from '../../carrier/media/playout.js';
import {
  dtmfMessage,
  markMessage,
  mediaMessage,
  stopMessage,
} from '../../carrier/media/stream-messages.js';
import type { Histogram } from '../media/histogram.js';
import type { OpenCall } from '../media/open-call.js';
import { EchoWay } from './echo-path.js';
import type { Seen, Trial } from './plan.js';
import { GIVEN_UP, SILENCE_KEY } from './speaking-agent.js';

export const FRAME_MS = 20;
/** Between two trials nobody says anything. */
const REST_MS = 800;
const LONG_GAP_MS = 30;
/** From an interruption until the agent begins again. */
const AGAIN_MS = 1_000;
const PER_MS = 8;
/** −62 dBov, and how much further each frame begins in it: no frame is soon the same. */
const NOISE = Float64Array.from({ length: 16_384 }, () => 90 * Math.random() - 45);
const NOISE_STEP = 1_607;
const GIVEN_UP_PAYLOAD = GIVEN_UP.toString('base64');

export interface PhoneParts {
  call: OpenCall;
  trials: readonly Trial[];
  sounds: ReadonlyMap<string, Int16Array>;
  /** Between two frames of an agent who speaks on, and how late frames are sent; milliseconds. */
  gaps: Histogram;
  lateness: Histogram;
}

/**
 * A caller on a phone whose loudspeaker its microphone may hear, and the carrier between. It plays and says 20 ms at a time, by
 * a clock of its own; what is overdue is made up for.
 */
export class Phone {
  readonly seen: Seen[] = [];
  private readonly playout = new Playout();
  private readonly echo = new EchoWay();
  private readonly line = new Float64Array(MULAW_FRAME_BYTES);
  private readonly samples = new Int16Array(MULAW_FRAME_BYTES);
  private sequence = 1;
  private frames = 0;
  /** Of the present trial; null: a rest. */
  private now: Seen | null = null;
  /** Frames of the present trial, or rest. */
  private done = 0;
  /** When the agent begins again, in the present trial. */
  private againAt = -1;
  private lastMediaAt = 0;

  /** When the first frame is due, by `performance.now()`. */
  startsAt = Infinity;

  constructor(private readonly parts: PhoneParts) {
    parts.call.socket.on('message', (data: Buffer) => this.take(data.toString('latin1')));
  }

  get call(): OpenCall {
    return this.parts.call;
  }

  get isDone(): boolean {
    return this.seen.length === this.parts.trials.length;
  }

  /** Plays and says the next 20 ms, if they are due. Only one frame, so that what came is read in between. */
  turn(): void {
    const late = performance.now() - (this.startsAt + this.frames * FRAME_MS);
    if (late < 0 || this.isDone) return;
    this.parts.lateness.add(late);
    if (this.now) this.now.lateMs = Math.max(this.now.lateMs, late);
    this.step();
    this.frames += 1;
  }

  hangUp(): void {
    const { socket, streamSid, accountSid, callSid } = this.parts.call;
    this.sequence += 1;
    socket.send(stopMessage(streamSid, this.sequence, { accountSid, callSid }));
    socket.close();
  }

  private step(): void {
    const heard = this.play();
    const trial = this.parts.trials[this.seen.length]!;
    const { now } = this;
    const ms = this.done * FRAME_MS;
    if (now) {
      now.heardMs += heard / PER_MS;
      if (ms === trial.agentFromMs || ms === this.againAt) this.press(trial.speech);
    }
    this.say(now ? trial : {}, ms);
    this.done += 1;
    if (now && this.done * FRAME_MS >= trial.ms) this.rest(now);
    else if (!now && this.done * FRAME_MS >= REST_MS) this.begin();
  }

  private begin(): void {
    this.now = { clearsMs: [], givenUpMs: [], heardMs: 0, lateMs: 0, longGaps: [] };
    this.done = 0;
    this.againAt = -1;
    this.lastMediaAt = 0;
  }

  private rest(seen: Seen): void {
    this.press(SILENCE_KEY);
    this.seen.push(seen);
    this.now = null;
    this.done = 0;
  }

  /** Returns how many bytes were to be heard. */
  private play(): number {
    const { audio, marks } = this.playout.play(MULAW_FRAME_BYTES);
    this.giveBack(marks);
    this.samples.fill(0);
    this.samples.set(decodeMulaw(audio));
    this.echo.play(this.samples);
    return audio.length;
  }

  private say(trial: Pick<Partial<Trial>, 'echo' | 'caller' | 'background'>, ms: number): void {
    const { sounds, call } = this.parts;
    const { line, frames } = this;
    const quiet = (frames * NOISE_STEP) % (NOISE.length - line.length);
    line.set(NOISE.subarray(quiet, quiet + line.length));
    if (trial.echo) this.echo.addTo(line, trial.echo);
    for (const { sound, fromMs } of trial.caller ?? []) {
      add(line, sounds.get(sound)!, (ms - fromMs) * PER_MS, false);
    }
    if (trial.background) add(line, sounds.get(trial.background)!, ms * PER_MS, true);
    this.sequence += 1;
    call.socket.send(
      mediaMessage(
        call.streamSid,
        this.sequence,
        frames + 1,
        100 + frames * FRAME_MS,
        encoded(line),
      ),
    );
  }

  private press(digit: string): void {
    this.sequence += 1;
    this.parts.call.socket.send(dtmfMessage(this.parts.call.streamSid, this.sequence, digit));
  }

  private take(text: string): void {
    const { now } = this;
    const position = this.done * FRAME_MS;
    if (text.includes('"event":"media"')) {
      const payload = textOf(text, 'payload');
      if (payload === GIVEN_UP_PAYLOAD) this.takeGivenUp(position);
      else this.takeMedia(Buffer.from(payload, 'base64'));
    } else if (text.includes('"event":"clear"')) {
      now?.clearsMs.push(position);
      this.giveBack(this.playout.clear());
    } else if (text.includes('"event":"mark"')) {
      this.giveBack(this.playout.mark(textOf(text, 'name')));
    }
  }

  private takeGivenUp(position: number): void {
    this.now?.givenUpMs.push(position);
    if (this.parts.trials[this.seen.length]?.again) this.againAt = position + AGAIN_MS;
  }

  private takeMedia(audio: Buffer): void {
    const at = performance.now();
    if (this.now && this.now.clearsMs.length === 0 && this.lastMediaAt > 0) {
      const gap = at - this.lastMediaAt;
      this.parts.gaps.add(gap);
      if (gap > LONG_GAP_MS) this.now.longGaps.push({ atMs: this.done * FRAME_MS, gapMs: gap });
    }
    this.lastMediaAt = at;
    this.playout.push(audio);
  }

  private giveBack(marks: readonly string[]): void {
    const { socket, streamSid } = this.parts.call;
    for (const name of marks) {
      this.sequence += 1;
      socket.send(markMessage(streamSid, this.sequence, name));
    }
  }
}

function add(line: Float64Array, sound: Int16Array, from: number, isEndless: boolean): void {
  const first = isEndless ? from % sound.length : from;
  for (let n = Math.max(0, -first); n < line.length; n += 1) {
    let at = first + n;
    if (at >= sound.length) {
      if (!isEndless) return;
      at -= sound.length;
    }
    line[n]! += sound[at]!;
  }
}

function encoded(line: Float64Array): Buffer {
  const samples = new Int16Array(line.length);
  for (let n = 0; n < line.length; n += 1) {
    samples[n] = Math.max(-32_768, Math.min(32_767, line[n]!));
  }
  return encodeMulaw(samples);
}

/** Of a message of ours, whose texts have no quotes. */
function textOf(message: string, name: string): string {
  const from = message.indexOf(`"${name}":"`) + name.length + 4;
  return message.slice(from, message.indexOf('"', from));
}
