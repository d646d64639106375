import { expect, it } from '@jest/globals';
import { blameOf } from './blame.js';

const refused = (status: number, code: number) =>
  blameOf({ kind: 'refused', status, code, message: '' });

it.each([
  ['wrong credentials', 401, 20003, 'account'],
  ['a suspended account', 403, 20005, 'account'],
  ['a code that nobody knows, for who asks', 403, 99999, 'account'],
  ['too many calls at once', 400, 10004, 'account'],
  ['a caller that the account does not own', 400, 21210, 'account'],
  ['a country that is not enabled', 400, 21215, 'account'],
  ['a trial account', 400, 21219, 'account'],
  ['no such number', 400, 21211, 'callee'],
  ['a number that cannot be reached', 400, 21214, 'callee'],
  ['a blocked number, whatever the status', 403, 21216, 'callee'],
  ['an address of ours', 400, 21205, 'request'],
  ['a code that nobody knows', 400, 99999, 'request'],
] as const)('%s (HTTP %i, %i) blames the %s', (_, status, code, blame) => {
  expect(refused(status, code)).toBe(blame);
});
