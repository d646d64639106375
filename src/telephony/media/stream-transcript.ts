import type { TranscriptLine } from '../../agents/agent.js';
import { tidyText, type NewLine, type Speaker } from '../../calls/transcripts/transcript.js';

/** Lines of one stream. */
const LINES_MAX = 5_000;
/** Lines that may come at once, and how many a second more. */
const AT_ONCE_MAX = 100;
const PER_SECOND = 20;
const AGO_MAX_MS = 10 * 60_000;
/** Lines are written together with those that follow within this time. */
const WRITE_AFTER_MS = 500;

export interface StreamTranscriptParts {
  generation: number;
  /** Makes lines durable, after those before; resolves when they are, or never will be. Never rejects. */
  write: (lines: readonly NewLine[]) => Promise<void>;
  /** Once: the agent tells more than is kept. */
  onFull: () => void;
  /** Monotonic milliseconds, and those since 1970. Default: the machine's. */
  now?: () => number;
  wallNow?: () => number;
}

/** What the agent of one stream tells of what was said, on its way to the store. Nothing here throws. */
export class StreamTranscript {
  /** When the stream began, by both clocks; {@link begins} corrects it. */
  private began: { mono: number; wall: number };
  private readonly partial = new Map<Speaker, Omit<NewLine, 'n'>>();
  private waiting: NewLine[] = [];
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();
  private lines = 0;
  private allowed = AT_ONCE_MAX;
  private allowedAt: number;
  private isFull = false;
  private readonly now: () => number;

  constructor(private readonly parts: StreamTranscriptParts) {
    this.now = parts.now ?? (() => performance.now());
    this.began = { mono: this.now(), wall: (parts.wallNow ?? Date.now)() };
    this.allowedAt = this.began.mono;
  }

  /** The stream's audio begins now: the times of lines are counted from here, as those of its recording. */
  begins(mono: number, wall: number): void {
    this.began = { mono, wall };
  }

  add({ speaker, text, final, agoMs = 0 }: TranscriptLine): void {
    const tidy = typeof text === 'string' ? tidyText(text) : '';
    if ((speaker !== 'caller' && speaker !== 'agent') || !this.mayTake()) return;
    const before = this.partial.get(speaker);
    if (tidy === '') {
      if (final) this.partial.delete(speaker);
      return;
    }
    const ago = Number.isFinite(agoMs) ? Math.min(AGO_MAX_MS, Math.max(0, agoMs)) : 0;
    // What was told of it first says best when it began.
    const atMs = before?.atMs ?? Math.max(0, this.now() - this.began.mono - ago);
    const { generation } = this.parts;
    const about = { generation, speaker, text: tidy, final, beganAt: this.began.wall };
    const line = { ...about, atMs, untilMs: null };
    if (!final) {
      this.partial.set(speaker, line);
      return;
    }
    this.partial.delete(speaker);
    this.keep(line);
  }

  /** The stream is over. What was not final is kept as it is; resolves when all is durable, or never will be. */
  async end(): Promise<void> {
    for (const line of this.partial.values()) this.keep(line);
    this.partial.clear();
    this.flush();
    await this.writing;
  }

  private keep(line: Omit<NewLine, 'n'>): void {
    if (this.lines >= LINES_MAX) {
      this.tellFull();
      return;
    }
    this.waiting.push({ ...line, n: this.lines });
    this.lines += 1;
    this.timer ??= setTimeout(() => this.flush(), WRITE_AFTER_MS);
  }

  /** A store that is slow, or away, gets more at a time. */
  private flush(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.writing = this.writing.then(async () => {
      const lines = this.waiting;
      this.waiting = [];
      if (lines.length > 0) await this.parts.write(lines);
    });
  }

  private mayTake(): boolean {
    const now = this.now();
    const earned = ((now - this.allowedAt) / 1_000) * PER_SECOND;
    this.allowed = Math.min(AT_ONCE_MAX, this.allowed + earned);
    this.allowedAt = now;
    if (this.allowed < 1) {
      this.tellFull();
      return false;
    }
    this.allowed -= 1;
    return true;
  }

  private tellFull(): void {
    if (this.isFull) return;
    this.isFull = true;
    this.parts.onFull();
  }
}
