import type { TurnEnd, TurnStart } from '../agent.js';

const FRAME_MS = 20;
/** Sound that makes a turn, of a real call's callers: so much within {@link WITHIN_MS}. */
const BEGINS_MS = 120;
const WITHIN_MS = 500;
/** What a turn begins before its first sound. */
const BEFORE_MS = 100;
const AUDIO_MAX_MS = 1_000;

/** What a frame changed: at most one of both. */
export interface ScriptedTurnStep {
  started: TurnStart | null;
  ended: TurnEnd | null;
}

const NOTHING: ScriptedTurnStep = { started: null, ended: null };

/** The turns of a scripted caller: whatever is no silence is their voice. */
export class ScriptedTurns {
  private audioMs = 0;
  private quietMs = 0;
  /** Of the last frames, newest first: whether there was sound. */
  private readonly recent: boolean[] = [];

  /**
   * @param silenceMs what ends a turn
   * @param isOpen whether one is under way, from an earlier stream
   */
  constructor(
    private readonly silenceMs: number,
    public isOpen: boolean,
  ) {}

  /** The caller talks over the agent: a turn begins, unless one is under way. */
  begin(): TurnStart | null {
    if (this.isOpen) return null;
    this.isOpen = true;
    const first = this.recent.lastIndexOf(true);
    const beganMs = first < 0 ? 0 : (first + 1) * FRAME_MS + BEFORE_MS;
    this.audioMs = Math.min(AUDIO_MAX_MS, beganMs);
    this.quietMs = 0;
    return { audioMs: this.audioMs };
  }

  /** 20 ms were handed over. */
  hear(isSound: boolean): ScriptedTurnStep {
    this.recent.unshift(isSound);
    this.recent.length = Math.min(this.recent.length, WITHIN_MS / FRAME_MS);
    if (!this.isOpen) {
      const sounds = this.recent.filter(Boolean).length;
      return sounds * FRAME_MS >= BEGINS_MS ? { started: this.begin(), ended: null } : NOTHING;
    }
    this.audioMs += FRAME_MS;
    this.quietMs = isSound ? 0 : this.quietMs + FRAME_MS;
    if (this.quietMs < this.silenceMs) return NOTHING;
    this.isOpen = false;
    this.recent.length = 0;
    return { started: null, ended: { audioMs: this.audioMs, silenceMs: this.quietMs } };
  }
}
