import { describe, expect, it } from '@jest/globals';
import type { CarrierAccount } from '../api/types.js';
import { accountLine, accountState, findingCheck, numberLine } from './accounts.js';

const ACCOUNT: CarrierAccount = {
  key: 'twilio-uk',
  provider: 'twilio',
  name: 'United Kingdom',
  source: 'store',
  settings: {},
  secrets_set: ['auth_token'],
  calls_per_second: 1,
  max_concurrent_calls: null,
  enabled: true,
  state: 'ready',
  problem: null,
  simulated: false,
};

describe('the words for an account', () => {
  it.each<[Partial<CarrierAccount>, string]>([
    [{}, 'Twilio · 1 dial a second'],
    [
      { calls_per_second: 2.5, max_concurrent_calls: 1 },
      'Twilio · 2.5 dials a second · 1 call at a time',
    ],
    [{ source: 'environment' }, 'Twilio · from the environment · 1 dial a second'],
    [
      { source: 'environment', simulated: true, max_concurrent_calls: 9 },
      'simulated · from the environment · 1 dial a second · 9 calls at a time',
    ],
  ])('%j: %s', (fields, line) => {
    expect(accountLine({ ...ACCOUNT, ...fields }, 'Twilio')).toBe(line);
  });

  it('tell each state by word, tone and shape', () => {
    const words = (['ready', 'disabled', 'unusable'] as const).map((state) =>
      accountState({ state }),
    );
    expect(words.map(({ tone }) => tone)).toEqual(['good', 'neutral', 'bad']);
    expect(new Set(words.flatMap(({ text, shape }) => [text, shape])).size).toBe(6);
  });

  it('draw a finding like a check, known or not', () => {
    const finding = { seen: 'It says no.', fix: null };
    expect(findingCheck({ ...finding, name: 'credentials', result: 'fails' })).toMatchObject({
      title: 'Credentials',
      status: 'down',
      seen: 'It says no.',
    });
    expect(findingCheck({ ...finding, name: 'new-thing', result: 'unknown' })).toMatchObject({
      title: 'new thing',
      status: 'skipped',
    });
  });

  it('say what a number can do', () => {
    const nameOf = (id: number) => `workflow ${id}`;
    const number = { number: '+1', owned: true, may_call: true, workflow_id: 3 };
    expect(numberLine(number, nameOf)).toBe('calls may be placed from it · answered by workflow 3');
    expect(
      numberLine({ ...number, owned: false, may_call: false, workflow_id: null }, nameOf),
    ).toBe('not the account’s at the carrier · answered by no workflow');
  });
});
