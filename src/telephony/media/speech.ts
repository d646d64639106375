import type { DigitsOutcome, Interruption, Utterance } from '../../agents/agent.js';
import type { AudioFormat } from '../../audio/audio-format.js';
import type { Handover } from '../../calls/streams/handover.js';
import { MULAW_BYTES_PER_SECOND } from '../../audio/mulaw.js';
import { speakingAs } from '../../audio/transcoder.js';
import { DigitsLine, type DigitsWay } from './digits-line.js';
import type { Playout } from './playout.js';
import type { MarkOutcome } from './playout-marks.js';

const BYTES_PER_MS = MULAW_BYTES_PER_SECOND / 1000;
/** What is said again of what was heard, so that no word begins in its middle. */
const AGAIN_BYTES = 200 * BYTES_PER_MS;
/** The longest rest that is handed over. */
const REST_MAX_BYTES = 10_000 * BYTES_PER_MS;

/** What was said and is not heard, as it is in a `Handover`. */
export type Rest = Pick<Handover, 'tail' | 'utterances' | 'heardMs' | 'tailMs'>;

export interface SpeechParts {
  playout: Playout;
  format: AudioFormat;
  /** What the caller has not heard on the stream before. It is said first. */
  rest: Rest | null;
  /** Tells the agent about a mark of its own. */
  onMark: (name: string, outcome: MarkOutcome) => void;
  /** An utterance was heard to its end. */
  onPlayed: () => void;
  /** How the carrier sends digits. */
  digits: DigitsWay;
}

/** What an agent says on one stream, as utterances on the play-out. */
export class Speech {
  private begun: number;
  /** Neither heard to the end nor cut off, oldest first; the last may be open. */
  private live: SpokenUtterance[] = [];
  private open: SpokenUtterance | null = null;
  private over = false;
  /** Of the stream before; null once it is said, or shall not be. */
  private rest: Rest | null;
  restDropped = false;
  private readonly digits: DigitsLine;

  constructor(private readonly parts: SpeechParts) {
    this.digits = new DigitsLine(parts.playout, parts.digits);
    this.rest = parts.rest;
    this.begun = parts.rest?.utterances ?? 0;
  }

  speak(): Utterance {
    return this.begin();
  }

  sendAudio(audio: Buffer): void {
    (this.open ?? this.begin()).write(audio);
  }

  mark(name: string): void {
    if (this.over) return;
    const { playout, onMark } = this.parts;
    this.sayRest();
    playout.mark((outcome) => onMark(name, outcome));
  }

  /** What was said and is not heard, in milliseconds. */
  get waitingMs(): number {
    const { playout } = this.parts;
    return this.over ? 0 : Math.max(0, playout.position - playout.heard()) / BYTES_PER_MS;
  }

  /** Sends digits after all that was said; the open utterance is thereby complete. Never rejects. */
  sendDigits(digits: string): Promise<DigitsOutcome> {
    this.sayRest();
    this.open?.end();
    return this.digits.send(digits);
  }

  /** Whether digits are being heard at this moment. */
  get areDigitsHeard(): boolean {
    return this.digits.areHeard;
  }

  /** Says what the caller has not heard on the stream before, unless that was said. */
  sayRest(): void {
    const { rest } = this;
    this.rest = null;
    if (!rest?.tail || this.over) return;
    const { tail, utterances: id, heardMs, tailMs } = rest;
    const againMs = tail.length / BYTES_PER_MS - tailMs;
    const start = this.parts.playout.position - Math.round((heardMs - againMs) * BYTES_PER_MS);
    const utterance = this.add(id, 'mulaw_8000', start);
    utterance.write(tail);
    utterance.end();
  }

  /** The rest is not said, or no further; not once the agent has said something itself. */
  dropRest(): void {
    if (this.begun !== this.parts.rest?.utterances) return;
    this.restDropped = true;
    this.interrupt();
  }

  /** What the caller has not heard at this moment, after a little that was heard. */
  unheard(): Rest {
    const { begun: utterances, rest } = this;
    if (rest) return rest;
    const { playout } = this.parts;
    const first = this.live.find(({ waitingMs }) => waitingMs > 0);
    if (!first) return { tail: null, utterances, heardMs: 0, tailMs: 0 };
    const heard = Math.max(first.start, playout.heard());
    const again = Math.max(first.start, heard - AGAIN_BYTES);
    const { from, audio } = playout.copy(again, heard + REST_MAX_BYTES);
    const tail = this.digits.cutOut(from, audio);
    return {
      tail,
      utterances,
      heardMs: (heard - first.start) / BYTES_PER_MS,
      tailMs: (from + tail.length - heard) / BYTES_PER_MS,
    };
  }

  /** How much was heard of the utterance that is being heard, in milliseconds; null: none is. */
  get heardMs(): number | null {
    return this.live.find(({ waitingMs }) => waitingMs > 0)?.heardMs ?? null;
  }

  interrupt(): Interruption | null {
    this.rest = null;
    const heard = this.parts.playout.interrupt();
    // What was heard to its end has left the list by now.
    const cut = this.live;
    this.live = [];
    this.open = null;
    for (const utterance of cut) utterance.cut(heard);
    const [first] = cut;
    return first ? { utterance: first, heardMs: first.heardMs } : null;
  }

  /** Another agent speaks on the play-out from now on: what is not heard yet is cut off. */
  giveWay(): void {
    this.interrupt();
    this.over = true;
  }

  end(): void {
    this.over = true;
    const { playout } = this.parts;
    const heard = playout.heard();
    playout.end();
    for (const utterance of this.live) utterance.cut(heard);
    this.live = [];
    this.open = null;
  }

  private begin(): SpokenUtterance {
    this.sayRest();
    this.open?.end();
    this.begun += 1;
    return this.add(this.begun, this.parts.format, this.parts.playout.position);
  }

  /** @param start where its beginning stands in the play-out */
  private add(id: number, format: AudioFormat, start: number): SpokenUtterance {
    const { playout, onPlayed } = this.parts;
    const utterance = new SpokenUtterance(id, start, playout, format, () => {
      this.live = this.live.filter((other) => other !== utterance);
      onPlayed();
    });
    utterance.onComplete = () => {
      if (this.open === utterance) this.open = null;
    };
    // The stream is over and nobody hears the utterance, so a wait for its end must finish now.
    if (this.over) {
      utterance.cut(playout.heard());
      return utterance;
    }
    this.live.push(utterance);
    this.open = utterance;
    return utterance;
  }
}

class SpokenUtterance implements Utterance {
  interrupted = false;
  readonly finished: Promise<'played' | 'interrupted'>;
  onComplete: () => void = () => undefined;
  /** Where it ends; null while it is open. */
  private endsAt: number | null = null;
  /** For good. */
  private finallyHeardMs: number | null = null;
  private readonly encoder: ReturnType<typeof speakingAs>;
  private finish!: (how: 'played' | 'interrupted') => void;

  constructor(
    readonly id: number,
    /** Where it begins in the play-out; before the stream where it began on an earlier one. */
    readonly start: number,
    private readonly playout: Playout,
    format: AudioFormat,
    private readonly onPlayed: () => void,
  ) {
    this.encoder = speakingAs(format);
    this.finished = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  get heardMs(): number {
    return this.finallyHeardMs ?? this.lengthHeard(this.playout.heard());
  }

  get waitingMs(): number {
    if (this.finallyHeardMs !== null) return 0;
    const until = this.endsAt ?? this.playout.position;
    return Math.max(0, until - Math.max(this.start, this.playout.heard())) / BYTES_PER_MS;
  }

  write(audio: Buffer): void {
    if (this.interrupted) return;
    if (this.endsAt !== null) throw new Error('the utterance has ended');
    this.playout.write(this.encoder.write(audio));
  }

  end(): void {
    if (this.interrupted || this.endsAt !== null) return;
    // What the encoder still holds goes out too.
    this.playout.write(this.encoder.flush());
    this.endsAt = this.playout.position;
    this.onComplete();
    this.playout.flush();
    this.playout.mark((outcome) => {
      if (outcome === 'cleared') return;
      this.finallyHeardMs = this.length();
      this.onPlayed();
      this.finish('played');
    });
  }

  /** The caller hears no more of it than up to `position`. */
  cut(position: number): void {
    this.finallyHeardMs = this.lengthHeard(position);
    this.interrupted = true;
    this.finish('interrupted');
  }

  private length(): number {
    const end = this.endsAt ?? this.playout.position;
    return Math.max(0, end - this.start) / BYTES_PER_MS;
  }

  private lengthHeard(position: number): number {
    return Math.min(Math.max(0, position - this.start) / BYTES_PER_MS, this.length());
  }
}
