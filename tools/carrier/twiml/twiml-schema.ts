import type { XmlElement } from './xml-tree.js';

interface Rule {
  attributes: readonly string[];
  /** The names of allowed children; 'any' is not checked. */
  children: readonly string[] | 'any';
}

/** What the simulator plays (Twilio docs, TwiML for Programmable Voice). */
const RULES: Record<string, Rule> = {
  Response: { attributes: [], children: 'any' },
  Say: { attributes: ['voice', 'language', 'loop'], children: 'any' },
  Pause: { attributes: ['length'], children: [] },
  Hangup: { attributes: [], children: [] },
  Reject: { attributes: ['reason'], children: [] },
  Redirect: { attributes: ['method'], children: [] },
  Connect: { attributes: ['action', 'method'], children: ['Stream'] },
  Stream: {
    attributes: ['url', 'name', 'track', 'connectorName', 'statusCallback', 'statusCallbackMethod'],
    children: ['Parameter'],
  },
  Parameter: { attributes: ['name', 'value'], children: [] },
  Dial: {
    attributes: [
      'action',
      'method',
      'timeout',
      'callerId',
      'hangupOnStar',
      'timeLimit',
      'record',
      'trim',
      'answerOnBridge',
      'ringTone',
      'sequential',
      'recordingStatusCallback',
      'recordingStatusCallbackMethod',
      'recordingStatusCallbackEvent',
      'recordingTrack',
      'referUrl',
      'referMethod',
    ],
    children: ['Number', 'Client', 'Conference', 'Queue', 'Sim', 'Sip', 'WhatsApp'],
  },
  Number: {
    attributes: [
      'url',
      'method',
      'sendDigits',
      'statusCallback',
      'statusCallbackEvent',
      'statusCallbackMethod',
      'byoc',
      'machineDetection',
      'amdStatusCallback',
    ],
    children: [],
  },
};

export const PLAYED_VERBS = ['Say', 'Pause', 'Hangup', 'Reject', 'Redirect', 'Connect', 'Dial'];

/** Twilio's verbs that the simulator knows only by name. */
export const OTHER_VERBS = [
  'Play',
  'Gather',
  'Record',
  'Enqueue',
  'Leave',
  'Queue',
  'Refer',
  'Pay',
  'Prompt',
  'Sms',
  'Start',
  'Stop',
];

/** Everything for which Twilio would log warning 12200. Twilio plays the rest. */
export function schemaWarnings(element: XmlElement): string[] {
  const rule = RULES[element.name];
  if (!rule) return [];
  const attributes = Object.keys(element.attributes)
    .filter((name) => !rule.attributes.includes(name))
    .map((name) => `attribute "${name}" is not allowed on <${element.name}>`);
  const nested = element.children.flatMap((child) => childWarnings(element, rule, child));
  return [...attributes, ...nested];
}

function childWarnings(parent: XmlElement, rule: Rule, child: XmlElement): string[] {
  if (parent.name === 'Response') {
    if (OTHER_VERBS.includes(child.name)) return [];
    if (!PLAYED_VERBS.includes(child.name)) return [`<${child.name}> is not a verb`];
  } else if (rule.children !== 'any' && !rule.children.includes(child.name)) {
    return [`<${child.name}> is not allowed in <${parent.name}>`];
  }
  return parent.name === 'Say' ? [] : schemaWarnings(child);
}
