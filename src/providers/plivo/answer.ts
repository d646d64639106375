import type { AnswerInstruction, TransferInstruction } from '../answer-instruction.js';
import type { PlivoDialect } from './dialect.js';
import { CONTENT_TYPES, type MediaFormat } from './plivo.settings.js';
import { xmlOf, type Element } from './xml.js';

/** As long as a stream may be, in seconds. */
const STREAM_TIMEOUT = '86400';
/** The name of the stream's parameter that holds its token. */
export const TOKEN_FIELD = 'token';

/** Writes an instruction in Plivo's XML (https://docs.plivo.com/docs/voice/xml). */
export function renderAnswer(
  instruction: AnswerInstruction,
  dialect: PlivoDialect,
  mediaFormat: MediaFormat,
): string {
  switch (instruction.kind) {
    case 'stream': {
      const { notice } = instruction;
      return xmlOf([
        ...(notice === null ? [] : [speak(notice)]),
        stream(instruction, dialect, mediaFormat),
        // What follows the stream is executed once it is over, because `keepCallAlive` is true.
        redirect(dialect.addressed(instruction.actionUrl)),
      ]);
    }
    case 'hangup':
      return xmlOf([{ name: 'Hangup' }]);
    case 'say-and-hangup':
      return xmlOf([speak(instruction.sentence), { name: 'Hangup' }]);
    case 'reject': {
      const reason = instruction.busy ? 'busy' : 'rejected';
      return xmlOf([{ name: 'Hangup', attributes: { reason } }]);
    }
    case 'transfer':
      return xmlOf([dial(instruction, dialect)]);
    case 'announce':
      // Never asked for: nothing is announced, see the account's capabilities.
      return xmlOf([]);
    default:
      return instruction satisfies never;
  }
}

/** The token's characters as hexadecimal digits: a parameter's value may have letters and digits alone. */
export function packed(token: string): string {
  return Buffer.from(token, 'utf8').toString('hex');
}

export function unpacked(hex: string): string {
  return Buffer.from(hex, 'hex').toString('utf8');
}

/** Every attribute is written, because the carrier's pages disagree about what is meant without it. */
function stream(
  { streamUrl, token }: AnswerInstruction & { kind: 'stream' },
  { signsUpgrades }: PlivoDialect,
  mediaFormat: MediaFormat,
): Element {
  return {
    name: 'Stream',
    attributes: {
      bidirectional: 'true',
      keepCallAlive: 'true',
      audioTrack: 'inbound',
      contentType: CONTENT_TYPES[mediaFormat],
      streamTimeout: STREAM_TIMEOUT,
      // Where the upgrade is not signed, the token is in the URL.
      ...(signsUpgrades ? { extraHeaders: `${TOKEN_FIELD}=${packed(token)}` } : {}),
    },
    content: streamUrl,
  };
}

/** The caller hears it ring. At `action` the carrier asks what follows. */
function dial(
  { to, from, timeoutSeconds, urls }: TransferInstruction,
  { addressed, dialled }: PlivoDialect,
): Element {
  return {
    name: 'Dial',
    attributes: {
      action: addressed(urls.action),
      method: 'POST',
      redirect: 'true',
      callerId: dialled(from),
      timeout: String(timeoutSeconds),
      callbackUrl: addressed(urls.events),
      callbackMethod: 'POST',
    },
    content: [{ name: 'Number', content: dialled(to) }],
  };
}

function speak(sentence: string): Element {
  return { name: 'Speak', content: sentence };
}

function redirect(url: string): Element {
  return { name: 'Redirect', attributes: { method: 'POST' }, content: url };
}
