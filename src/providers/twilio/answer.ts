import twilio from 'twilio';
import { parseParty } from '../../shared/party.js';
import {
  isMalformed,
  type AnswerInstruction,
  type AnswerRequest,
  type FormFields,
  type Malformed,
} from '../ingress.js';
import { TWILIO, type TwimlDialect } from './dialect.js';
import { Fields, statusFrom } from './fields.js';

/** A request for instructions, and the ids that every request of Twilio has. */
export interface TwilioQuestion extends AnswerRequest {
  callId: string;
  accountId: string;
}

export interface RenderedAnswer {
  contentType: string;
  body: string;
}

/** Reads Twilio's request for TwiML (Twilio docs, "TwiML for Programmable Voice", request parameters). */
export function parseAnswer(
  form: FormFields,
  dialect: TwimlDialect = TWILIO,
): TwilioQuestion | Malformed {
  const fields = new Fields(form, dialect);
  const ids = fields.ids();
  if (isMalformed(ids)) return ids;
  const providerStatus = fields.get('CallStatus');
  return {
    ...ids,
    direction: fields.get('Direction') === 'inbound' ? 'inbound' : 'outbound',
    from: parseParty(fields.get('From') ?? '').told,
    to: parseParty(fields.get('To') ?? '').told,
    // An unknown word for the status does not change the instruction.
    status: providerStatus === null ? null : statusFrom(providerStatus),
    // Empty fields count as absent ones.
    providerStatus: providerStatus?.slice(0, 40) || null,
    answeredBy: fields.get('AnsweredBy')?.slice(0, 40) || null,
    payload: fields.toPayload(),
  };
}

/** Writes TwiML with Twilio's own builder. */
export function renderAnswer(
  instruction: AnswerInstruction,
  { addressed }: TwimlDialect = TWILIO,
): RenderedAnswer {
  const response = new twilio.twiml.VoiceResponse();
  switch (instruction.kind) {
    case 'stream': {
      if (instruction.notice !== null) response.say(printable(instruction.notice));
      // Nothing follows <Connect>: Twilio asks at `action` what comes after the stream.
      const connect = response.connect({ action: addressed(instruction.actionUrl) });
      connect
        .stream({ url: instruction.streamUrl })
        .parameter({ name: 'token', value: instruction.token });
      break;
    }
    case 'hangup':
      response.hangup();
      break;
    case 'say-and-hangup':
      response.say(printable(instruction.sentence));
      response.hangup();
      break;
    case 'reject':
      response.reject(instruction.busy ? { reason: 'busy' } : {});
      break;
    default:
      instruction satisfies never;
  }
  return { contentType: 'text/xml; charset=utf-8', body: response.toString() };
}

/**
 * The builder escapes markup but lets through characters that XML 1.0 forbids; Twilio then refuses
 * the whole answer (12100).
 */
function printable(text: string): string {
  return text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '');
}
