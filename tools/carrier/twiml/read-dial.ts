import type { CallbackEvent } from '../calls/call-status.js';
import { CALLBACK_EVENTS } from '../calls/call-status.js';
import type { XmlElement } from './xml-tree.js';

/** `<Dial>` with one `<Number>`, the one form that is played here. */
export interface DialVerb {
  kind: 'dial';
  action: string | null;
  method: 'GET' | 'POST';
  /** How long the called phone rings, in seconds. */
  timeoutSeconds: number;
  /** Null: the caller's own number, or the number that was called. */
  callerId: string | null;
  /** Null where it names none that can be called. */
  number: NumberNoun | null;
}

export interface NumberNoun {
  to: string;
  /** Asked, by the called party's call, what that party hears before the two are connected. */
  url: string | null;
  method: 'GET' | 'POST';
  statusCallback: string | null;
  statusCallbackMethod: 'GET' | 'POST';
  events: readonly CallbackEvent[];
}

/** Twilio docs, `<Dial>`: 30 s unless the attribute says otherwise, at most 600. */
const TIMEOUT = { default: 30, min: 1, max: 600 };

/**
 * @param bad notes what Twilio would warn about
 * @param method reads an attribute that is a method
 */
export function readDial(
  element: XmlElement,
  bad: (message: string) => void,
  method: (name: string) => 'GET' | 'POST',
): DialVerb {
  const { attributes, children } = element;
  const noun = children.find(({ name }) => name === 'Number');
  if (children.length !== 1 || !noun) bad('<Dial> is played here with one <Number> alone');
  const text = attributes['timeout'] ?? String(TIMEOUT.default);
  const seconds = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  const isFit = seconds >= TIMEOUT.min && seconds <= TIMEOUT.max;
  if (!isFit) bad(`timeout="${text}" on <Dial> is not 1 to 600`);
  return {
    kind: 'dial',
    action: attributes['action'] ?? null,
    method: method('method'),
    timeoutSeconds: isFit ? seconds : TIMEOUT.default,
    callerId: attributes['callerId'] ?? null,
    number: noun ? readNumber(noun, bad) : null,
  };
}

function readNumber({ attributes, text }: XmlElement, bad: (message: string) => void): NumberNoun {
  const get = (name: string): 'GET' | 'POST' => (attributes[name] === 'GET' ? 'GET' : 'POST');
  // In TwiML the events are separated by spaces, unlike in REST.
  const named = (attributes['statusCallbackEvent'] ?? '').split(/\s+/).filter((one) => one !== '');
  const events = CALLBACK_EVENTS.filter((event) => named.includes(event));
  if (events.length < named.length) bad(`statusCallbackEvent="${named.join(' ')}" on <Number>`);
  return {
    to: text.trim(),
    url: attributes['url'] ?? null,
    method: get('method'),
    statusCallback: attributes['statusCallback'] ?? null,
    statusCallbackMethod: get('statusCallbackMethod'),
    events: events.length > 0 ? events : ['completed'],
  };
}
