import type { Utterance } from '../agent.js';

/** What an utterance knows of the play-out it is on. Positions count bytes of the agent's format. */
export interface ScriptedLine {
  bytesPerMs: number;
  played: () => number;
  written: () => number;
  write: (audio: Buffer) => void;
}

/** An utterance on a scripted call, where play-out is ideal. */
export class ScriptedUtterance implements Utterance {
  interrupted = false;
  readonly finished: Promise<'played' | 'interrupted'>;
  private endsAt: number | null = null;
  private final: number | null = null;
  private finish!: (how: 'played' | 'interrupted') => void;

  constructor(
    readonly id: number,
    /** Where it begins; before the stream where it began on an earlier one. */
    readonly start: number,
    private readonly line: ScriptedLine,
  ) {
    this.finished = new Promise((resolve) => (this.finish = resolve));
  }

  get heardMs(): number {
    const end = Math.min(this.line.played(), this.endsAt ?? this.line.written());
    return this.final ?? Math.max(0, end - this.start) / this.line.bytesPerMs;
  }

  get waitingMs(): number {
    if (this.final !== null) return 0;
    const end = this.endsAt ?? this.line.written();
    return Math.max(0, end - Math.max(this.start, this.line.played())) / this.line.bytesPerMs;
  }

  write(audio: Buffer): void {
    if (this.interrupted) return;
    if (this.endsAt !== null) throw new Error('the utterance has ended');
    this.line.write(audio);
  }

  end(): void {
    if (this.final === null) this.endsAt ??= this.line.written();
  }

  check(): void {
    if (this.final !== null || this.endsAt === null || this.line.played() < this.endsAt) return;
    this.final = this.heardMs;
    this.finish('played');
  }

  /** Neither heard to the end nor cut off. */
  get open(): boolean {
    return this.final === null;
  }

  cut(): void {
    if (!this.open) return;
    this.final = this.heardMs;
    this.interrupted = true;
    this.finish('interrupted');
  }
}
