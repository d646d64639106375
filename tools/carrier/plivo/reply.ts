import { parseXml, type XmlElement } from '../twiml/xml-tree.js';
import type { Face } from './faces.js';

export type Verb =
  | { verb: 'Speak'; text: string }
  | { verb: 'Hangup'; reason: string | null }
  | { verb: 'Redirect'; url: string }
  | { verb: 'Stream'; url: string; contentType: string; extraHeaders: string }
  | { verb: 'Dial'; to: string; from: string; action: string; callback: string; timeout: number };

/** The attributes of each element that are documented, and those that must be there. */
const ATTRIBUTES: Readonly<Record<string, readonly string[]>> = {
  Speak: ['voice', 'language', 'loop'],
  Hangup: ['reason', 'schedule'],
  Redirect: ['method'],
  Stream: [
    'bidirectional',
    'audioTrack',
    'streamTimeout',
    'statusCallbackUrl',
    'statusCallbackMethod',
    'contentType',
    'extraHeaders',
    'keepCallAlive',
  ],
  Dial: [
    'action',
    'method',
    'redirect',
    'callerId',
    'timeout',
    'timeLimit',
    'callbackUrl',
    'callbackMethod',
  ],
};
const CONTENT_TYPES: ReadonlySet<string> = new Set([
  'audio/x-mulaw;rate=8000',
  'audio/x-l16;rate=8000',
  'audio/x-l16;rate=16000',
]);
const BYTES_MAX = 100_000;

/** Reads an instruction as strictly as the documents are; throws with what is wrong. */
export function readReply(contentType: string | null, text: string, face: Face): Verb[] {
  if (!/^(?:application|text)\/xml\b/.test(contentType ?? '')) {
    throw new Error(`the reply is ${contentType}`);
  }
  if (Buffer.byteLength(text) > BYTES_MAX) throw new Error('the reply has more than 100 kB');
  const root = parseXml(text);
  if ('malformed' in root) throw new Error(root.malformed);
  if (root.name !== 'Response') throw new Error(`the root is <${root.name}>`);
  return root.children.map((element) => verbOf(element, face));
}

function verbOf(element: XmlElement, face: Face): Verb {
  const { name, attributes, text } = element;
  const known = ATTRIBUTES[name];
  if (!known) throw new Error(`<${name}> is no element`);
  for (const attribute of Object.keys(attributes)) {
    if (!known.includes(attribute)) throw new Error(`${attribute} is no attribute of <${name}>`);
  }
  switch (name) {
    case 'Speak':
      if (text.trim() === '') throw new Error('<Speak> says nothing');
      return { verb: 'Speak', text };
    case 'Hangup': {
      const { reason = null } = attributes;
      if (reason !== null && !['busy', 'rejected'].includes(reason)) {
        throw new Error(`"${reason}" is no reason`);
      }
      return { verb: 'Hangup', reason };
    }
    case 'Redirect':
      mustBe(attributes, 'method', /^(?:GET|POST)$/);
      return { verb: 'Redirect', url: urlIn(text, /^https:\/\//) };
    case 'Stream':
      return streamOf(attributes, text, face);
    case 'Dial':
      return dialOf(element, face);
    default:
      throw new Error(`<${name}> is no element`);
  }
}

function streamOf(attributes: XmlElement['attributes'], text: string, face: Face): Verb {
  for (const one of ['bidirectional', 'keepCallAlive']) mustBe(attributes, one, /^true$/);
  // Anything else hangs up a call whose stream is bidirectional.
  if (attributes['audioTrack'] !== undefined) mustBe(attributes, 'audioTrack', /^inbound$/);
  mustBe(attributes, 'streamTimeout', /^\d{1,5}$/);
  const { contentType = '', extraHeaders = '' } = attributes;
  if (!CONTENT_TYPES.has(contentType)) throw new Error(`"${contentType}" is no contentType`);
  const isParameters = /^$|^[A-Za-z0-9]+=[A-Za-z0-9]+(,[A-Za-z0-9]+=[A-Za-z0-9]+)*$/;
  if (extraHeaders.length > 512 || !isParameters.test(extraHeaders)) {
    throw new Error('extraHeaders may have letters and digits, and 512 characters');
  }
  if (face.signsUpgrades !== extraHeaders.includes('=')) {
    throw new Error('the token is not where this carrier brings it back');
  }
  return { verb: 'Stream', url: urlIn(text, /^wss:\/\/[^?#]+$/), contentType, extraHeaders };
}

function dialOf({ attributes, children }: XmlElement, face: Face): Verb {
  for (const one of ['method', 'callbackMethod']) mustBe(attributes, one, /^POST$/);
  mustBe(attributes, 'timeout', /^[1-9]\d{0,2}$/);
  const { action = '', callbackUrl = '', callerId = '', timeout } = attributes;
  const [number, ...others] = children;
  if (number?.name !== 'Number' || others.length > 0) throw new Error('<Dial> calls one <Number>');
  for (const one of [number.text, callerId]) {
    if (!face.isDialled(one)) throw new Error('a number is not written as this carrier wants it');
  }
  return {
    verb: 'Dial',
    to: number.text,
    from: callerId,
    action: urlIn(action, /^https:\/\//),
    callback: urlIn(callbackUrl, /^https:\/\//),
    timeout: Number(timeout),
  };
}

function mustBe(attributes: XmlElement['attributes'], name: string, form: RegExp): void {
  if (!form.test(attributes[name] ?? '')) throw new Error(`${name} is "${attributes[name]}"`);
}

function urlIn(text: string, form: RegExp): string {
  if (!URL.canParse(text) || !form.test(text)) throw new Error('the URL is none that can be asked');
  return text;
}
