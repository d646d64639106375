import { expect, it } from '@jest/globals';
import type { WorkflowVersion } from '../api/types.js';
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
  expect(fieldWords(field)).toBe(words);
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
  [{ a: 1 }, '{\n  "a": 1\n}'],
])('%j is shown as %s', (value, words) => {
  expect(valueWords(value)).toBe(words);
});

it('a version is told by what changed and by whom', () => {
  expect(versionWords(VERSION)).toBe('Changed: Name, Turn detection');
  expect(versionWords({ ...VERSION, restored_from: 1 })).toBe(
    'Version 1 restored: Name, Turn detection',
  );
  expect(versionWords({ ...VERSION, version: 1, changed: [] })).toBe('Made');
  expect(authorWords(VERSION)).toBe('with the key “laptop”');
  const nameless = { user_id: 1, key_id: 7, key_name: null };
  expect(authorWords({ ...VERSION, made_by: nameless })).toBe('with key 7');
  expect(authorWords({ ...VERSION, made_by: null })).toContain('earlier release');
});
