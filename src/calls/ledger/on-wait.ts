import type { Message } from './on-machine.js';

/** What a caller hears while the agent takes long: a sentence that the agent says, or a sound of ours. */
export type OnWait = Message;

/** As agents are told it. */
export function toldOnWait(
  onWait: OnWait | null,
): { readonly text: string } | { readonly sound: string } | null {
  return typeof onWait === 'string' ? { text: onWait } : onWait;
}
