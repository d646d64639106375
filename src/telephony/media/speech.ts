import type { Interruption, Utterance } from '../../agents/agent.js';
import type { AudioFormat } from '../../audio/audio-format.js';
import { MULAW_BYTES_PER_SECOND } from '../../audio/mulaw.js';
import { speakingAs } from '../../audio/transcoder.js';
import type { MarkOutcome, Playout } from './playout.js';

const BYTES_PER_MS = MULAW_BYTES_PER_SECOND / 1000;

/** What an agent says on one stream, as utterances on the play-out. */
export class Speech {
  private begun = 0;
  /** Neither heard to the end nor cut off, oldest first; the last may be open. */
  private live: SpokenUtterance[] = [];
  private open: SpokenUtterance | null = null;
  private over = false;

  constructor(
    private readonly playout: Playout,
    private readonly format: AudioFormat,
    /** Tells the agent about a mark of its own. */
    private readonly onMark: (name: string, outcome: MarkOutcome) => void,
  ) {}

  speak(): Utterance {
    return this.begin();
  }

  sendAudio(audio: Buffer): void {
    (this.open ?? this.begin()).write(audio);
  }

  mark(name: string): void {
    this.open?.flush();
    this.playout.mark((outcome) => this.onMark(name, outcome));
  }

  interrupt(): Interruption | null {
    const heard = this.playout.interrupt();
    // What was heard to its end has left the list by now.
    const cut = this.live;
    this.live = [];
    this.open = null;
    for (const utterance of cut) utterance.cut(heard);
    const [first] = cut;
    return first ? { utterance: first, heardMs: first.heardMs } : null;
  }

  end(): void {
    this.over = true;
    const heard = this.playout.heard();
    this.playout.end();
    for (const utterance of this.live) utterance.cut(heard);
    this.live = [];
    this.open = null;
  }

  private begin(): SpokenUtterance {
    this.open?.end();
    this.begun += 1;
    const utterance = new SpokenUtterance(this.begun, this.playout, this.format, () => {
      this.live = this.live.filter((other) => other !== utterance);
    });
    utterance.onComplete = () => {
      if (this.open === utterance) this.open = null;
    };
    // The stream is over and nobody hears the utterance, so a wait for its end must finish now.
    if (this.over) {
      utterance.cut(this.playout.heard());
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
  private readonly start: number;
  /** Where it ends; null while it is open. */
  private endsAt: number | null = null;
  /** For good. */
  private finallyHeardMs: number | null = null;
  private readonly encoder: ReturnType<typeof speakingAs>;
  private finish!: (how: 'played' | 'interrupted') => void;

  constructor(
    readonly id: number,
    private readonly playout: Playout,
    format: AudioFormat,
    private readonly onPlayed: () => void,
  ) {
    this.encoder = speakingAs(format);
    this.start = playout.position;
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

  /** What the encoder still holds goes out too. */
  flush(): void {
    this.playout.write(this.encoder.flush());
  }

  end(): void {
    if (this.interrupted || this.endsAt !== null) return;
    this.flush();
    this.endsAt = this.playout.position;
    this.onComplete();
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
