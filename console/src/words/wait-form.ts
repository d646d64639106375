import type { OnWait } from '../api/types.js';
import { m } from '../messages/all.js';
import { messageValues, withoutMessage, type MessageValues } from './message-values.js';

/** What a caller hears while the agent takes long, in words. */
export const WAIT_CHOICES = {
  nothing: m.workflows.theCallerHearsNothing,
  sentence: m.workflows.theAgentSaysASentence,
  sound: m.workflows.aSoundIsPlayed,
} as const;
export type WaitValues = MessageValues<keyof typeof WAIT_CHOICES>;

export function waitValues(onWait: OnWait | null): WaitValues {
  return onWait === null ? withoutMessage('nothing') : messageValues(onWait);
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
