import twilio from 'twilio';
import type { LegReport } from '../../calls/transfers/transfer-entries.js';
import { parseParty } from '../../shared/party.js';
import type { TransferInstruction } from '../answer-instruction.js';
import {
  isMalformed,
  type AnswerInstruction,
  type AnswerRequest,
  type FormFields,
  type Malformed,
} from '../ingress.js';
import { TWILIO, type TwimlDialect } from './dialect.js';
import { Fields, statusFrom } from './fields.js';
import { dialResult, personAsks, transferIn } from './legs.js';

type VoiceResponse = InstanceType<typeof twilio.twiml.VoiceResponse>;

/** A request for instructions, and the ids that every request of Twilio has. */
export interface TwilioQuestion {
  /** The run's call, also where the person's call of a transfer asks. */
  callId: string;
  accountId: string;
  leg: LegReport | undefined;
  request: AnswerRequest;
}

export interface RenderedAnswer {
  contentType: string;
  body: string;
}

type StreamAnswer = Pick<
  Extract<AnswerInstruction, { kind: 'stream' }>,
  'actionUrl' | 'streamUrl' | 'token'
>;
type Addressed = TwimlDialect['addressed'];

const FORM = (() => {
  const response = new twilio.twiml.VoiceResponse();
  const names = { actionUrl: '{actionUrl}', streamUrl: '{streamUrl}', token: '{token}' };
  connect(response, names, (url) => url);
  return response.toString();
})();
const ESCAPED: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
};

/**
 * Reads Twilio's request for TwiML (Twilio docs, "TwiML for Programmable Voice", request parameters).
 * @param query of the URL, which says which transfer a request is about
 */
export function parseAnswer(
  form: FormFields,
  dialect: TwimlDialect = TWILIO,
  query: FormFields = [],
): TwilioQuestion | Malformed {
  const fields = new Fields(form, dialect);
  const ids = fields.ids();
  if (isMalformed(ids)) return ids;
  const parentId = fields.parentId();
  const transfer = transferIn(query);
  const leg = parentId === null ? dialResult(fields, transfer) : personAsks(fields, transfer);
  // The status of the person's call is not the run's.
  const providerStatus = parentId === null ? fields.get('CallStatus') : null;
  const request: AnswerRequest = {
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
  const { callId, accountId } = ids;
  return { callId: parentId ?? callId, accountId, leg: leg ?? undefined, request };
}

/** Writes TwiML with Twilio's own builder. */
export function renderAnswer(
  instruction: AnswerInstruction,
  { addressed }: TwimlDialect = TWILIO,
): RenderedAnswer {
  const isUsual = instruction.kind === 'stream' && instruction.notice === null;
  const body = isUsual ? filledIn(instruction, addressed) : written(instruction, addressed);
  return { contentType: 'text/xml; charset=utf-8', body };
}

function written(instruction: AnswerInstruction, addressed: Addressed): string {
  const response = new twilio.twiml.VoiceResponse();
  switch (instruction.kind) {
    case 'stream':
      if (instruction.notice !== null) response.say(printable(instruction.notice));
      connect(response, instruction, addressed);
      break;
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
    case 'transfer':
      dial(response, instruction, addressed);
      break;
    case 'announce':
      // What follows is up to the <Dial> that called the person: it connects the two.
      if (typeof instruction.announcement === 'string') {
        response.say(printable(instruction.announcement));
      }
      break;
    default:
      instruction satisfies never;
  }
  return response.toString();
}

/** Nothing follows <Connect>: Twilio asks at `action` what comes after the stream. */
function connect(
  response: VoiceResponse,
  { actionUrl, streamUrl, token }: StreamAnswer,
  addressed: Addressed,
): void {
  response
    .connect({ action: addressed(actionUrl) })
    .stream({ url: streamUrl })
    .parameter({ name: 'token', value: token });
}

/**
 * Nearly every call is answered with this document. The builder writes it once, with names in place of
 * the values: to write it anew for a call takes forty times as long.
 */
function filledIn({ actionUrl, streamUrl, token }: StreamAnswer, addressed: Addressed): string {
  const values = { actionUrl: addressed(actionUrl), streamUrl, token };
  return FORM.replace(/\{(actionUrl|streamUrl|token)\}/g, (_, name: keyof StreamAnswer) =>
    attribute(values[name]),
  );
}

/** As the builder writes a value (XML 1.0, "Attribute-Value Normalization"). */
function attribute(text: string): string {
  return text.replace(/[&<"\t\n\r]/g, (character) => ESCAPED[character] ?? '');
}

/**
 * Nothing follows <Dial>: Twilio asks at `action` what comes after it. The caller hears it ring
 * (`answerOnBridge` is for calls that are not answered yet).
 */
function dial(
  response: VoiceResponse,
  instruction: TransferInstruction,
  addressed: (url: string) => string,
): void {
  const { to, from, timeoutSeconds, announce, urls } = instruction;
  response.dial({ action: addressed(urls.action), timeout: timeoutSeconds, callerId: from }).number(
    {
      ...(announce === null ? {} : { url: addressed(urls.announce) }),
      statusCallback: addressed(urls.events),
      statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
    },
    to,
  );
}

/**
 * The builder escapes markup but lets through characters that XML 1.0 forbids; Twilio then refuses
 * the whole answer (12100).
 */
function printable(text: string): string {
  return text.replace(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '');
}
