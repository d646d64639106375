import type { AgentCall, Interruption, Utterance } from '../agent.js';

/** So long a caller hears nothing before the sound begins: about then people ask whether somebody is there. */
const FIRST_AFTER_MS = 3_000;
/** From the end of the sound to its next beginning: a short one is heard four times in half a minute. */
const AGAIN_AFTER_MS = 6_000;

export interface WaitParts {
  call: Pick<AgentCall, 'speak' | 'interrupt' | 'waitingMs' | 'signal' | 'note'>;
  /** The sound as μ-law at 8 kHz; asked for when it is needed, once unless it fails. */
  load: () => Promise<Buffer>;
  /** Whether the caller waits for an answer at this moment. */
  isWaiting: () => boolean;
  /** So much of the sound was heard, in milliseconds, of so many. Called once each time, unless nothing was. */
  onHeard?: (heardMs: number, lengthMs: number) => void;
}

const BYTES_PER_MS = 8;

/**
 * What a caller hears while an agent takes long (`on_wait`): once after three seconds of silence, and again six seconds
 * after each end. It gives way to the answer at once. It is no part of what the agent says.
 */
export class WaitSound {
  private timer: NodeJS.Timeout | null = null;
  private playing: { utterance: Utterance; lengthMs: number } | null = null;
  /** The one that was begun last. */
  private latest: Utterance | null = null;
  private audio: Buffer | null = null;
  private isLoading = false;
  private hasFailed = false;

  constructor(private readonly parts: WaitParts) {}

  /** Something has happened: the caller may wait now, or wait no longer. */
  look(): void {
    if (this.hasFailed) return;
    if (!this.parts.isWaiting()) this.stop();
    else if (!this.timer && !this.playing && !this.isLoading) this.after(FIRST_AFTER_MS);
  }

  /** Whether it was the sound that was interrupted. */
  says({ utterance }: Interruption): boolean {
    return this.latest === utterance;
  }

  /** The answer begins, or nobody waits: silence at once, and the next wait begins anew. */
  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    if (this.playing && !this.playing.utterance.interrupted) this.parts.call.interrupt();
    this.over();
  }

  private after(ms: number): void {
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.due();
    }, ms);
  }

  private async due(): Promise<void> {
    const { call, load, isWaiting } = this.parts;
    this.isLoading = true;
    try {
      this.audio ??= await load();
    } catch (error) {
      this.hasFailed = true;
      call.note('wait_sound_failed', {
        reason: error instanceof Error ? error.message : 'unknown',
      });
      return;
    } finally {
      this.isLoading = false;
    }
    if (call.signal.aborted || !isWaiting()) return;
    if (call.waitingMs > 0) this.after(call.waitingMs + FIRST_AFTER_MS);
    else this.play(this.audio);
  }

  private play(audio: Buffer): void {
    const utterance = this.parts.call.speak();
    const playing = { utterance, lengthMs: audio.length / BYTES_PER_MS };
    this.playing = playing;
    this.latest = utterance;
    utterance.write(audio);
    utterance.end();
    void utterance.finished.then((how) => {
      if (this.playing !== playing) return;
      this.over();
      if (how === 'played' && this.parts.isWaiting()) this.after(AGAIN_AFTER_MS);
    });
  }

  private over(): void {
    const { playing } = this;
    this.playing = null;
    if (!playing) return;
    const heardMs = Math.min(playing.utterance.heardMs, playing.lengthMs);
    if (heardMs > 0) this.parts.onHeard?.(heardMs, playing.lengthMs);
  }
}
