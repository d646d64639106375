/** What is left on an answering machine: a sentence that the carrier says, or a sound of ours. */
export type Message = string | { readonly sound: string };

/** What a workflow does where a machine answers a call that was placed with `machine_detection`. */
export type OnMachine = 'ignore' | 'hang_up' | { readonly leave_message: Message };

/** The sound that must be there; null: none. */
export function soundOf(onMachine: OnMachine): string | null {
  if (typeof onMachine === 'string' || typeof onMachine.leave_message === 'string') return null;
  return onMachine.leave_message.sound;
}
