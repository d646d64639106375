import { expect, it } from '@jest/globals';
import { secret, wholeNumber } from './kinds.js';
import { section } from './section.js';
import { setting } from './setting.js';
import { settingsInForce } from './settings-in-force.js';

class Listening extends section('Where it listens', {
  port: setting('PORT', { kind: wholeNumber(0, 9), default: 8, description: 'Its port.' }),
  other: setting('OTHER_PORT', {
    kind: wholeNumber(0, 9),
    description: 'Another port.',
    absent: 'none',
  }),
}) {}
class Access extends section('Access', {
  key: setting('KEY', { kind: secret(1), description: 'The key.' }),
}) {}
const sections = { listening: Listening, access: Access };

it('are what the environment says, over the defaults', () => {
  expect(settingsInForce(sections, { PORT: ' 3 ', OTHER_PORT: '', FOREIGN: 'x' })).toEqual([
    {
      name: 'PORT',
      section: 'Where it listens',
      set: true,
      secret: false,
      value: '3',
      description: 'Its port.',
      absent: null,
    },
    {
      name: 'OTHER_PORT',
      section: 'Where it listens',
      set: false,
      secret: false,
      value: null,
      description: 'Another port.',
      absent: 'none',
    },
    {
      name: 'KEY',
      section: 'Access',
      set: false,
      secret: true,
      value: null,
      description: 'The key.',
      absent: null,
    },
  ]);
  expect(settingsInForce(sections, {})[0]).toMatchObject({ set: false, value: '8' });
});

it('never hold a secret, only whether there is one', () => {
  const found = settingsInForce(sections, { KEY: 'hush' });
  expect(found[2]).toMatchObject({ set: true, secret: true, value: null });
  expect(JSON.stringify(found)).not.toContain('hush');
});
