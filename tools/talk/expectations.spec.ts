import { expect, it } from '@jest/globals';
import { decodeMulaw, encodeMulaw } from '../../src/audio/mulaw.js';
import { tones } from '../asterisk/likeness.js';
import { EXIT_CODES, judge, outcomeOf, type Evidence } from './expectations.js';
import type { Expectation } from './options.js';

const mulaw = encodeMulaw(tones(1, 5));
const evidence: Evidence = {
  call: { end_reason: 'agent_hangup', facts: { keys: 2, topic: 'hours', open: true } },
  heard: decodeMulaw(mulaw),
  transcript: [
    { speaker: 'agent', text: 'Welcome to Patchbay!' },
    { speaker: 'caller', text: 'Thank you' },
  ],
  readSound: (file) => (file === 'heard.wav' ? mulaw : encodeMulaw(tones(1, 6))),
};

it.each<[Expectation, string]>([
  [{ kind: 'end', reason: 'agent_hangup' }, 'met'],
  [{ kind: 'end', reason: 'caller_hangup' }, 'missed'],
  [{ kind: 'fact', name: 'keys', value: '2' }, 'met'],
  [{ kind: 'fact', name: 'topic', value: 'hours' }, 'met'],
  [{ kind: 'fact', name: 'open', value: 'true' }, 'met'],
  [{ kind: 'fact', name: 'topic', value: 'hour' }, 'missed'],
  [{ kind: 'fact', name: 'absent', value: '' }, 'missed'],
  [{ kind: 'sound', file: 'heard.wav' }, 'met'],
  [{ kind: 'sound', file: 'other.wav' }, 'missed'],
  [{ kind: 'text', text: 'welcome, to patchbay' }, 'met'],
  // The caller's words are not the agent's.
  [{ kind: 'text', text: 'thank you' }, 'missed'],
])('%j is %s', (expectation, kind) => {
  expect(judge(expectation, evidence).kind).toBe(kind);
});

it('what was said cannot be known without a transcript, and the verdict names what is missing', () => {
  const verdict = judge({ kind: 'text', text: 'hello' }, { ...evidence, transcript: null });
  expect(verdict).toEqual({ kind: 'unknown', text: expect.stringContaining('no transcript') });
});

it.each<[kinds: Array<'met' | 'missed' | 'unknown'>, code: number]>([
  [[], 0],
  [['met'], 0],
  [['met', 'unknown'], 2],
  [['unknown', 'missed'], 1],
])(
  '%j ends with exit code %i: what was missed counts more than what is not known',
  (kinds, code) => {
    const outcome = outcomeOf(kinds.map((kind) => ({ kind, text: '' })));
    expect(EXIT_CODES[outcome]).toBe(code);
  },
);

it('a missed fact says what there is', () => {
  expect(judge({ kind: 'fact', name: 'x', value: '1' }, evidence).text).toBe(
    'fact x: absent; there are: keys, topic, open',
  );
});
