import { decodeMulaw } from '../../src/audio/mulaw.js';

/** Anything above this is a sound, and no noise of a line. */
const LOUD = 400;

export interface PauseRules {
  /** The silence after something was heard that is a pause. */
  pauseMs: number;
  /** How long something is waited for. */
  waitMs: number;
}

/** Whether a frame that was heard has a sound in it. */
export function isLoud(mulaw: Buffer): boolean {
  return decodeMulaw(mulaw).some((sample) => Math.abs(sample) > LOUD);
}

/**
 * Whether it is the caller's turn: the agent was heard and has paused, or nothing came.
 * @param since when the caller began to listen
 * @param lastLoud when the agent was heard last; null: never
 */
export function isCallersTurn(
  now: number,
  since: number,
  lastLoud: number | null,
  { pauseMs, waitMs }: PauseRules,
): boolean {
  return lastLoud !== null && lastLoud >= since ? now - lastLoud >= pauseMs : now - since >= waitMs;
}
