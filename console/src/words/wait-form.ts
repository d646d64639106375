import type { OnWait } from '../api/types.js';
import { m } from '../messages/all.js';

/** What a caller hears while the agent takes long, in words. */
export const WAIT_CHOICES = {
  nothing: m.workflows.theCallerHearsNothing,
  sentence: m.workflows.theAgentSaysASentence,
  sound: m.workflows.aSoundIsPlayed,
} as const;
export type WaitChoice = keyof typeof WAIT_CHOICES;

/** The content of the controls. */
export interface WaitValues {
  choice: WaitChoice;
  sentence: string;
  sound: string;
}

export function waitValues(onWait: OnWait | null): WaitValues {
  const empty = { sentence: '', sound: '' };
  if (onWait === null) return { ...empty, choice: 'nothing' };
  return typeof onWait === 'string'
    ? { ...empty, choice: 'sentence', sentence: onWait }
    : { ...empty, choice: 'sound', sound: onWait.sound };
}

export function readWait({ choice, sentence, sound }: WaitValues): OnWait | null {
  switch (choice) {
    case 'nothing':
      return null;
    case 'sentence':
      return sentence;
    case 'sound':
      return { sound };
    default:
      return choice satisfies never;
  }
}
