import { expect, it } from '@jest/globals';
import type { JsonSchema, WorkflowVersion } from '../api/types.js';
import { authorWords, fieldWords, valueWords, versionWords } from './versions.js';

const VERSION: WorkflowVersion = {
  version: 3,
  changed: ['name', 'agent_options.turn_detection'],
  made_by: { user_id: 1, key_id: 7, key_name: 'laptop' },
  restored_from: null,
  created_at: '2026-11-23T10:01:00.000Z',
};

it.each([
  ['name', 'Name'],
  ['on_failure', 'Said when the agent fails'],
  ['agent_options', 'Options'],
  ['agent_options.turn_detection', 'Turn detection'],
  ['agent_options.steps.menu.keys.1', 'Steps › menu › keys › 1'],
  ['transfer_targets.Sales.to', 'People to whom the agent may transfer calls › Sales › to'],
  ['something_new', 'something_new'],
])('%s is “%s”', (field, words) => {
  expect(fieldWords(field).label).toBe(words);
});

const MENU: JsonSchema = {
  properties: {
    start: { type: 'string', title: 'First step' },
    steps: {
      title: 'Steps',
      additionalProperties: {
        properties: {
          prompt: { title: 'Sounds', items: { type: 'string' } },
          keys: { title: 'Keys', additionalProperties: { type: 'string' } },
        },
      },
    },
  },
};
const MODEL: JsonSchema = {
  properties: {
    turn_detection: {
      title: 'How the end of speech is found',
      oneOf: [{ const: 'server_vad', title: 'By silence' }],
    },
    tools: {
      title: 'Tools',
      items: { properties: { description: { title: 'What it is for' } } },
    },
  },
};

it.each([
  ['agent_options.turn_detection', 'How the end of speech is found'],
  ['agent_options.steps.menu.keys.1', 'Steps › menu › Keys › 1'],
  ['agent_options.steps.menu.new_member', 'Steps › menu › new_member'],
  ['agent_options.tools.book.description', 'Tools › book › What it is for'],
  ['agent_options.nobody_knows.it', 'Nobody knows › it'],
])('%s is “%s” where the agents’ schemas have titles', (field, words) => {
  expect(fieldWords(field, [MENU, MODEL]).label).toBe(words);
});

it('an option that two agents have is the workflow’s own agent’s', () => {
  const other: JsonSchema = { properties: { start: { title: 'Begin' } } };
  expect(fieldWords('agent_options.start', [other, MENU]).label).toBe('Begin');
});

it('values are shown by the titles and labels of their schema', () => {
  const { schema } = fieldWords('agent_options.turn_detection', [MODEL]);
  expect(valueWords('server_vad', schema)).toBe('By silence');
  expect(valueWords('gone', schema)).toBe('gone');
  const step = fieldWords('agent_options.steps.menu', [MENU]);
  expect(valueWords({ prompt: ['a.wav', 'b.wav'], keys: { 1: 'x', 2: 'y' } }, step.schema)).toBe(
    'Sounds: a.wav, b.wav\nKeys:\n  1: x\n  2: y',
  );
  const tools = fieldWords('agent_options.tools', [MODEL]);
  expect(valueWords([{ description: 'Books.' }, { description: 'Ends.' }], tools.schema)).toBe(
    'What it is for: Books.\n\nWhat it is for: Ends.',
  );
});

it.each([
  [null, 'nothing'],
  ['', 'nothing'],
  [[], 'nothing'],
  [true, 'yes'],
  [false, 'no'],
  [0, '0'],
  ['Hello', 'Hello'],
  [['a.wav', 'b.wav'], 'a.wav, b.wav'],
  [{ a: 1, b: { c: true } }, 'a: 1\nb:\n  c: yes'],
  [[8, 16], '8, 16'],
  [{}, 'nothing'],
])('%j is shown as %s', (value, words) => {
  expect(valueWords(value)).toBe(words);
});

it('a version is told by what changed and by whom', () => {
  expect(versionWords(VERSION)).toBe('Changed: Name, Turn detection');
  expect(versionWords({ ...VERSION, restored_from: 1 })).toBe(
    'Version 1 restored: Name, Turn detection',
  );
  expect(versionWords({ ...VERSION, version: 1, changed: [] })).toBe('Made');
  expect(versionWords(VERSION, [MODEL])).toBe('Changed: Name, How the end of speech is found');
  expect(authorWords(VERSION)).toBe('with the key “laptop”');
  const nameless = { user_id: 1, key_id: 7, key_name: null };
  expect(authorWords({ ...VERSION, made_by: nameless })).toBe('with key 7');
  expect(authorWords({ ...VERSION, made_by: null })).toContain('earlier release');
});
