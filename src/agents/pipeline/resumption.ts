import type { Resumed } from '../agent.js';
import type { HalfHeard } from '../models/heard-text.js';
import type { Remembered } from './dialogue.js';
import { Sentence } from './sentence.js';

/** Lengths that are handed over are not exact to the byte. */
const ROUNDING_MS = 1;

/** How the model leaves the caller, once all was heard. */
export type Leave = { kind: 'hang-up' } | { kind: 'transfer'; target: string; announce?: string };

/** What another process goes on from. The options are the workflow's. */
export interface PipelineState {
  remembered: Remembered[];
  /** What was being said, oldest first; `ms` of what was made of it. */
  saying: Array<HalfHeard & { isMade: boolean }>;
  /** How much of the first of these was heard in an utterance that is over. */
  heardBeforeMs: number;
  /** The caller waits for an answer, or for the rest of one. */
  isOwed: boolean;
  /** The sentences that were said of an answer whose rest is owed. */
  unfinished: string[];
  /** What the caller said last was not transcribed yet. */
  isTurnLost: boolean;
  leave: Leave | null;
  keys: string;
}

/** What an earlier process was saying. */
export interface Unsaid {
  /** Made, and said by the platform before anything new. */
  tail: Sentence[];
  /** To be made, from where it was not made yet. */
  rest: Sentence[];
}

/** @param interrupted what the platform says again; null: all that was made was heard */
export function unsaidOf(
  { saying, heardBeforeMs }: PipelineState,
  interrupted: Resumed['interrupted'],
): Unsaid {
  let made = interrupted ? heardBeforeMs + interrupted.heardMs + interrupted.tailMs : Infinity;
  const unsaid: Unsaid = { tail: [], rest: [] };
  for (const { text, ms, isMade } of saying) {
    const part = Math.min(ms, Math.max(0, made));
    made -= ms;
    if (isMade && part > ms - ROUNDING_MS) unsaid.tail.push(Sentence.made(text, ms));
    else unsaid.rest.push(new Sentence(text, part));
  }
  return unsaid;
}
