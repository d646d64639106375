import type { OnMachine } from '../api/types.js';
import { m } from '../messages/all.js';

/** What is done where a machine answers, in words. */
export const MACHINE_CHOICES = {
  ignore: m.workflows.theAgentTalksOn,
  hang_up: m.common.hangUp,
  sentence: m.workflows.leaveASentenceSaidBy,
  sound: m.workflows.leaveASound,
} as const;
export type MachineChoice = keyof typeof MACHINE_CHOICES;

/** The content of the controls. */
export interface MachineValues {
  choice: MachineChoice;
  sentence: string;
  sound: string;
}

export function machineValues(onMachine: OnMachine): MachineValues {
  const empty = { sentence: '', sound: '' };
  if (typeof onMachine === 'string') return { choice: onMachine, ...empty };
  const { leave_message: message } = onMachine;
  return typeof message === 'string'
    ? { ...empty, choice: 'sentence', sentence: message }
    : { ...empty, choice: 'sound', sound: message.sound };
}

export function readMachine({ choice, sentence, sound }: MachineValues): OnMachine {
  switch (choice) {
    case 'ignore':
    case 'hang_up':
      return choice;
    case 'sentence':
      return { leave_message: sentence };
    case 'sound':
      return { leave_message: { sound } };
    default:
      return choice satisfies never;
  }
}
