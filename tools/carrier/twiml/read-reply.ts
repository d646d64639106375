import type { HttpReply } from '../webhooks/attempt.js';
import type { TwimlProblem, Verb } from './read-twiml.js';
import { readTwiml } from './read-twiml.js';

const MAX_BODY_BYTES = 64 * 1024;

/** How the carrier understands a reply to a request for instructions. */
export type Instructions =
  | { kind: 'verbs'; verbs: Verb[]; problems: TwimlProblem[] }
  | { kind: 'error'; code: number; message: string };

/** The rules for replies (Twilio docs, TwiML: how Twilio interacts; error pages 11750, 11770, 12300). */
export function readReply(reply: HttpReply): Instructions {
  if (reply.status < 200 || reply.status > 299) {
    return { kind: 'error', code: 11_200, message: `HTTP ${reply.status}` };
  }
  if (reply.body.length > MAX_BODY_BYTES) {
    return { kind: 'error', code: 11_750, message: `${reply.body.length} bytes of TwiML` };
  }
  const contentType = reply.headers['content-type'];
  if (contentType === undefined) {
    return { kind: 'error', code: 11_200, message: 'no Content-Type' };
  }
  if (reply.body.length === 0 && reply.headers['transfer-encoding'] === 'chunked') {
    return { kind: 'error', code: 11_770, message: 'empty chunked body' };
  }
  return readBody(
    (contentType.split(';')[0] ?? '').trim().toLowerCase(),
    reply.body.toString('utf8'),
  );
}

function readBody(mediaType: string, text: string): Instructions {
  if (['text/xml', 'application/xml', 'text/html'].includes(mediaType)) return readDocument(text);
  if (mediaType.startsWith('audio/')) {
    return { kind: 'verbs', verbs: [{ kind: 'hangup' }], problems: [] };
  }
  if (mediaType !== 'text/plain') {
    return { kind: 'error', code: 12_300, message: `Content-Type ${mediaType}` };
  }
  const document = readDocument(text);
  if (document.kind === 'verbs') return document;
  return {
    kind: 'verbs',
    verbs: [{ kind: 'say', text }, { kind: 'hangup' }],
    problems: [
      { code: 12_300, level: 'warning', message: 'text/plain is read aloud to the caller' },
    ],
  };
}

export function readDocument(text: string): Instructions {
  const reading = readTwiml(text);
  if (reading.kind === 'rejected') {
    const { code, message } = reading.problem;
    return { kind: 'error', code, message };
  }
  return { kind: 'verbs', verbs: reading.verbs, problems: reading.problems };
}
