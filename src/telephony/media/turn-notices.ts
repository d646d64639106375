import type { TurnEnd, TurnStart } from '../../agents/agent.js';
import { MULAW_BYTES_PER_SECOND } from '../../audio/mulaw.js';

const BYTES_PER_MS = MULAW_BYTES_PER_SECOND / 1000;
const AUDIO_MAX_MS = 1_000;

/**
 * What an agent is told of turns, in terms of the audio that it was handed: notices wait while the agent is at work, and
 * more audio may come meanwhile.
 */
export class TurnNotices {
  /** Bytes of μ-law that the agent was handed. */
  private handed = 0;
  private beganAt = 0;

  /** The agent is handed so many bytes of μ-law. */
  hand(bytes: number): void {
    this.handed += bytes;
  }

  /** A turn began so many milliseconds of audio ago; null: on an earlier stream. Returns what is to be told, once it is. */
  started(agoMs: number | null): () => TurnStart {
    this.beganAt = Math.max(0, this.handed - (agoMs ?? 0) * BYTES_PER_MS);
    return () => {
      this.beganAt = Math.max(this.beganAt, this.handed - AUDIO_MAX_MS * BYTES_PER_MS);
      return { audioMs: this.sinceMs(this.beganAt) };
    };
  }

  /** It ended with so many milliseconds of silence. Returns what is to be told, once it is. */
  ended(silenceMs: number): () => TurnEnd {
    const { beganAt } = this;
    const silentFrom = this.handed - silenceMs * BYTES_PER_MS;
    return () => ({
      audioMs: this.sinceMs(beganAt),
      silenceMs: this.sinceMs(Math.max(beganAt, silentFrom)),
    });
  }

  private sinceMs(at: number): number {
    return (this.handed - at) / BYTES_PER_MS;
  }
}
