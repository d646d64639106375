import type { OnMachine } from '../api/types.js';
import { m } from '../messages/all.js';
import { messageValues, withoutMessage, type MessageValues } from './message-values.js';

/** What is done where a machine answers, in words. */
export const MACHINE_CHOICES = {
  ignore: m.workflows.theAgentTalksOn,
  hang_up: m.common.hangUp,
  sentence: m.workflows.leaveASentenceSaidBy,
  sound: m.workflows.leaveASound,
} as const;
export type MachineValues = MessageValues<keyof typeof MACHINE_CHOICES>;

export function machineValues(onMachine: OnMachine): MachineValues {
  return typeof onMachine === 'string'
    ? withoutMessage(onMachine)
    : messageValues(onMachine.leave_message);
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
