import type { Message } from '../api/types.js';

/** The content of the controls of a choice; both texts are kept while another choice is tried. */
export interface MessageValues<Choice extends string> {
  choice: Choice;
  sentence: string;
  sound: string;
}

/** Of a choice that tells nothing. */
export function withoutMessage<Choice extends string>(choice: Choice): MessageValues<Choice> {
  return { choice, sentence: '', sound: '' };
}

export function messageValues(message: Message): MessageValues<'sentence' | 'sound'> {
  return typeof message === 'string'
    ? { ...withoutMessage('sentence'), sentence: message }
    : { ...withoutMessage('sound'), sound: message.sound };
}
