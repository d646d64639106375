import { readDial, type DialVerb } from './read-dial.js';
import { OTHER_VERBS, PLAYED_VERBS, schemaWarnings } from './twiml-schema.js';
import type { XmlElement } from './xml-tree.js';
import { parseXml } from './xml-tree.js';

export type Verb =
  | { kind: 'say'; text: string }
  | { kind: 'pause'; seconds: number }
  | { kind: 'hangup' }
  | { kind: 'reject'; reason: 'rejected' | 'busy' }
  | { kind: 'redirect'; url: string; method: 'GET' | 'POST' }
  | { kind: 'connect'; action: string | null; method: 'GET' | 'POST'; stream: StreamNoun | null }
  | DialVerb;

/** `<Stream>` as written. Whether it can be opened is checked when it is opened. */
export interface StreamNoun {
  url: string;
  name: string | null;
  track: string;
  statusCallback: string | null;
  statusCallbackMethod: 'GET' | 'POST';
  parameters: Array<{ name: string; value: string }>;
}

export interface TwimlProblem {
  code: number;
  level: 'error' | 'warning' | 'notice';
  message: string;
}

export type TwimlReading =
  | { kind: 'document'; verbs: Verb[]; problems: TwimlProblem[] }
  | { kind: 'rejected'; problem: TwimlProblem };

/** Reads a document as strictly as Twilio's parser (error pages 12100, 12102, 12200). */
export function readTwiml(text: string): TwimlReading {
  if (/^\s+<\?xml/.test(text)) {
    return rejected(12_100, 'white space before the XML declaration');
  }
  const root = parseXml(text);
  if ('malformed' in root) return rejected(12_100, root.malformed);
  if (root.name !== 'Response') {
    return rejected(12_102, `the root is <${root.name}>, not <Response>`);
  }
  const problems: TwimlProblem[] = schemaWarnings(root).map((message) => ({
    code: 12_200,
    level: 'warning',
    message,
  }));
  for (const { name } of root.children.filter((child) => OTHER_VERBS.includes(child.name))) {
    const message = `<${name}> is skipped: this simulator does not play it`;
    problems.push({ code: 12_200, level: 'notice', message });
  }
  const verbs = root.children
    .filter((child) => PLAYED_VERBS.includes(child.name))
    .map((child) => readVerb(child, problems));
  return { kind: 'document', verbs, problems };
}

function rejected(code: number, message: string): TwimlReading {
  return { kind: 'rejected', problem: { code, level: 'error', message } };
}

function readVerb(element: XmlElement, problems: TwimlProblem[]): Verb {
  const { attributes, text } = element;
  const bad = (message: string) => problems.push({ code: 12_200, level: 'warning', message });
  const method = (name: string): 'GET' | 'POST' => {
    const value = attributes[name] ?? 'POST';
    if (value !== 'GET' && value !== 'POST') bad(`${name}="${value}" is neither GET nor POST`);
    return value === 'GET' ? 'GET' : 'POST';
  };
  switch (element.name) {
    case 'Say':
      return { kind: 'say', text: text.trim() };
    case 'Pause': {
      const length = attributes['length'] ?? '1';
      if (!/^\d+$/.test(length)) bad(`<Pause length="${length}"> is not a number of seconds`);
      return { kind: 'pause', seconds: /^\d+$/.test(length) ? Number(length) : 1 };
    }
    case 'Reject': {
      const reason = attributes['reason'] ?? 'rejected';
      if (reason !== 'rejected' && reason !== 'busy') bad(`<Reject reason="${reason}">`);
      return { kind: 'reject', reason: reason === 'busy' ? 'busy' : 'rejected' };
    }
    case 'Redirect':
      return { kind: 'redirect', url: text.trim(), method: method('method') };
    case 'Connect': {
      const nouns = element.children.filter((child) => child.name === 'Stream');
      if (nouns.length !== 1) bad(`<Connect> needs one <Stream>, it has ${nouns.length}`);
      const [noun] = nouns;
      const stream = noun ? readStream(noun, problems) : null;
      return {
        kind: 'connect',
        action: attributes['action'] ?? null,
        method: method('method'),
        stream,
      };
    }
    case 'Dial':
      return readDial(element, bad, method);
    default:
      return { kind: 'hangup' };
  }
}

function readStream(element: XmlElement, problems: TwimlProblem[]): StreamNoun {
  const { attributes } = element;
  const parameters: StreamNoun['parameters'] = [];
  for (const child of element.children.filter(({ name }) => name === 'Parameter')) {
    const { name = '', value = '' } = child.attributes;
    // Twilio docs, <Stream>: name and value together stay below 500 characters.
    // Twilio does not document what becomes of a longer one; here it is left out.
    if (name.length + value.length < 500) parameters.push({ name, value });
    else {
      const message = `<Parameter name="${name.slice(0, 40)}"> reaches 500 characters and is left out`;
      problems.push({ code: 12_200, level: 'warning', message });
    }
  }
  return {
    url: attributes['url'] ?? '',
    name: attributes['name'] ?? null,
    track: attributes['track'] ?? 'inbound_track',
    statusCallback: attributes['statusCallback'] ?? null,
    statusCallbackMethod: attributes['statusCallbackMethod'] === 'GET' ? 'GET' : 'POST',
    parameters,
  };
}
