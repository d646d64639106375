/** Twilio buffers ten minutes of μ-law at 8 kHz (error page 31931). */
export const MAX_BUFFERED_BYTES = 10 * 60 * 8000;

type Item = { audio: Buffer; played: number } | { mark: string };

/**
 * The carrier's jitter buffer: what the gateway has sent and the caller has not
 * heard yet. It is pure; its owner plays 20 ms at a time.
 */
export class Playout {
  private items: Item[] = [];
  /** Marks whose audio ends within the 20 ms being played now. */
  private passed: string[] = [];
  private waiting = 0;

  /** μ-law bytes that have not been played. */
  get bufferedBytes(): number {
    return this.waiting;
  }

  /** False if the buffer was full and the end of `audio` was discarded. */
  push(audio: Buffer): boolean {
    const room = MAX_BUFFERED_BYTES - this.waiting;
    const kept = audio.length > room ? audio.subarray(0, room) : audio;
    if (kept.length > 0) this.items.push({ audio: kept, played: 0 });
    this.waiting += kept.length;
    return kept.length === audio.length;
  }

  /** The marks to return at once: this one, if nothing is buffered before it. */
  mark(name: string): string[] {
    if (this.items.length === 0 && this.passed.length === 0) return [name];
    this.items.push({ mark: name });
    return [];
  }

  /** Drops what is buffered. Returns every outstanding mark, in order. */
  clear(): string[] {
    const marks = this.items.flatMap((item) => ('mark' in item ? [item.mark] : []));
    const all = [...this.passed, ...marks];
    this.items = [];
    this.passed = [];
    this.waiting = 0;
    return all;
  }

  /**
   * Takes the next `bytes` from the buffer, or fewer if it runs dry. `marks` are
   * those whose audio was played to its end before this call.
   */
  play(bytes: number): { audio: Buffer; marks: string[] } {
    const marks = this.passed;
    this.passed = [];
    const parts: Buffer[] = [];
    let missing = bytes;
    let used = 0;
    for (const item of this.items) {
      if ('mark' in item) {
        (parts.length === 0 ? marks : this.passed).push(item.mark);
      } else if (missing === 0) {
        break;
      } else {
        const part = item.audio.subarray(item.played, item.played + missing);
        parts.push(part);
        missing -= part.length;
        item.played += part.length;
        if (item.played < item.audio.length) break;
      }
      used++;
    }
    this.items.splice(0, used);
    const [only] = parts;
    const audio = parts.length === 1 && only ? only : Buffer.concat(parts);
    this.waiting -= audio.length;
    return { audio, marks };
  }
}
