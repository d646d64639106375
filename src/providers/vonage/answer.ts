import type { AnswerInstruction, TransferInstruction } from '../answer-instruction.js';
import { digitsOf } from './parties.js';

export type Action = Readonly<Record<string, unknown>>;

/** The stream's audio, both ways: 16-bit samples, little-endian. */
export const CONTENT_TYPE = 'audio/l16;rate=16000';
/** The header of a stream that holds its token. Vonage repeats headers in the first message on the socket. */
export const TOKEN_FIELD = 'token';
/** The longest text that is said. */
const TEXT_MAX = 1_500;
/** Not in the texts of an instruction: control characters, and halves of characters. */
const UNSAID = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/**
 * An instruction as an NCCO (https://developer.vonage.com/en/voice/voice-api/ncco-reference). A call whose NCCO has no
 * more actions ends; there is no other way to end it or to refuse it in a reply.
 */
export function nccoOf(instruction: AnswerInstruction): Action[] {
  switch (instruction.kind) {
    case 'stream': {
      const { notice } = instruction;
      return [...(notice === null ? [] : [talk(notice)]), connectStream(instruction)];
    }
    case 'hangup':
    case 'reject':
      return [];
    case 'say-and-hangup':
      return [talk(instruction.sentence)];
    case 'transfer':
      return [connectPerson(instruction)];
    case 'announce':
      // Never asked for: nothing is announced, see the account's capabilities.
      return [];
    default:
      return instruction satisfies never;
  }
}

/**
 * `synchronous`: what Vonage tells of the stream's leg it tells at `eventUrl`, and the reply may be an NCCO, which is
 * how a call whose stream was lost gets another.
 */
function connectStream({
  streamUrl,
  actionUrl,
  token,
}: AnswerInstruction & { kind: 'stream' }): Action {
  return {
    action: 'connect',
    eventType: 'synchronous',
    eventUrl: [actionUrl],
    eventMethod: 'POST',
    endpoint: [
      {
        type: 'websocket',
        uri: streamUrl,
        'content-type': CONTENT_TYPE,
        headers: { [TOKEN_FIELD]: token },
        authorization: { type: 'vonage' },
      },
    ],
  };
}

/** An action has one address, at which the person's call is told of, and what follows it is asked. */
function connectPerson({ to, from, timeoutSeconds, urls }: TransferInstruction): Action {
  return {
    action: 'connect',
    from: digitsOf(from),
    timeout: timeoutSeconds,
    eventType: 'synchronous',
    eventUrl: [urls.action],
    eventMethod: 'POST',
    endpoint: [{ type: 'phone', number: digitsOf(to) }],
  };
}

function talk(sentence: string): Action {
  return { action: 'talk', text: sentence.replace(UNSAID, '').slice(0, TEXT_MAX) };
}
