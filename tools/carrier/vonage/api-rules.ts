import { faultIn, https, oneOf, within, type Check, type Rule } from '../field-rules.js';

type Body = Readonly<Record<string, unknown>>;

/** Numbers have no plus. */
const number: Check = (value) => typeof value === 'string' && /^[1-9]\d{6,14}$/.test(value);
/** Addresses are lists, of one. */
const urls: Check = (value) => Array.isArray(value) && value.length === 1 && https(value[0]);
const method = oneOf('GET', 'POST');
const PHONE: Rule = { required: { type: oneOf('phone'), number }, optional: {} };
const phone: Check = (value) => fits(PHONE, value);
const onePhone: Check = (value) => Array.isArray(value) && value.length === 1 && phone(value[0]);

const DETECTION: Rule = {
  required: {},
  optional: {
    behavior: oneOf('continue', 'hangup'),
    mode: oneOf('default', 'detect', 'detect_beep'),
    beep_timeout: within(45, 120),
  },
};

/** `POST /v1/calls`, after https://github.com/Nexmo/api-specification (voice.yml) and `@vonage/voice`. */
const DIAL: Rule = {
  required: { to: onePhone, from: phone },
  optional: {
    answer_url: urls,
    answer_method: method,
    ncco: (value) => Array.isArray(value),
    event_url: urls,
    event_method: method,
    ringing_timer: within(1, 120),
    length_timer: within(1, 7_200),
    machine_detection: oneOf('continue', 'hangup'),
    advanced_machine_detection: (value) => fits(DETECTION, value),
  },
};

const HEADERS_MAX = 512;
const headers: Check = (value) =>
  isObject(value) && Buffer.byteLength(JSON.stringify(value)) <= HEADERS_MAX;
const AUTHORIZATION: Rule = {
  required: { type: oneOf('vonage', 'custom') },
  optional: { value: (value) => typeof value === 'string' },
};
const WEBSOCKET: Rule = {
  required: {
    type: oneOf('websocket'),
    uri: (value) => typeof value === 'string' && /^wss:\/\/[^?#\s]+$/.test(value),
    'content-type': oneOf('audio/l16;rate=8000', 'audio/l16;rate=16000', 'audio/l16;rate=24000'),
  },
  optional: { headers, authorization: (value) => fits(AUTHORIZATION, value) },
};
const ON_PHONE: Rule = {
  required: PHONE.required,
  optional: { dtmfAnswer: (value) => typeof value === 'string', onAnswer: isObject },
};
const endpoint: Check = (value) =>
  Array.isArray(value) &&
  value.length === 1 &&
  (fits(WEBSOCKET, value[0]) || fits(ON_PHONE, value[0]));

/** https://developer.vonage.com/en/voice/voice-api/ncco-reference, as far as it is used here. */
const ACTIONS: Readonly<Record<string, Rule>> = {
  talk: {
    required: {
      action: oneOf('talk'),
      text: (value) => typeof value === 'string' && value.length <= 1_500,
    },
    optional: { language: isText, bargeIn: isBoolean, loop: within(0, 100) },
  },
  connect: {
    required: { action: oneOf('connect'), endpoint },
    optional: {
      from: number,
      eventType: oneOf('synchronous'),
      timeout: within(1, 7_200),
      limit: within(1, 7_200),
      eventUrl: urls,
      eventMethod: method,
    },
  },
};

/** What is wrong with an instruction; null: nothing. */
export function nccoFault(value: unknown): string | null {
  if (!Array.isArray(value)) return 'not a list';
  for (const action of value as unknown[]) {
    if (!isObject(action)) return 'not an action';
    const name = String(action['action']);
    const rule = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (!rule) return `the action ${name}`;
    const field = faultIn(rule, action);
    if (field !== null) return `${name} with a wrong ${field}`;
  }
  return null;
}

/** The first field of a dial that Vonage would refuse; null: none. */
export function dialFault(body: Body): string | null {
  const field = faultIn(DIAL, body);
  if (field !== null) return field;
  const instructions = ['answer_url', 'ncco'].filter((name) => body[name] !== undefined);
  if (instructions.length !== 1) return 'answer_url';
  return body['ncco'] === undefined || nccoFault(body['ncco']) === null ? null : 'ncco';
}

/** The same of a change of a call. */
export function changeFault(body: Body): string | null {
  const { action, destination, ...others } = body;
  if (action === 'hangup')
    return faultIn(EMPTY, { ...others, ...(destination === undefined ? {} : { destination }) });
  if (action !== 'transfer') return 'action';
  if (!isObject(destination) || destination['type'] !== 'ncco') return 'destination';
  const { ncco, url } = destination;
  const isGiven = url === undefined ? nccoFault(ncco) === null : ncco === undefined && urls(url);
  return isGiven && Object.keys(others).length === 0 ? null : 'destination';
}

/** Keys, and `p` for half a second. */
export function digitsFault(body: Body): string | null {
  return faultIn(DIGITS, body);
}

const EMPTY: Rule = { required: {}, optional: {} };
const DIGITS: Rule = {
  required: { digits: (value) => typeof value === 'string' && /^[0-9A-D*#p]+$/.test(value) },
  optional: {},
};

function fits(rule: Rule, value: unknown): boolean {
  return isObject(value) && faultIn(rule, value) === null;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

function isObject(value: unknown): value is Body {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
