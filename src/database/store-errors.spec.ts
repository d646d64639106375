import { describe, expect, test } from '@jest/globals';
import {
  isRaceLost,
  isUnavailable,
  isUniqueViolation,
  StoreUnavailableError,
} from './store-errors.js';

const coded = (code: string): Error => Object.assign(new Error('so'), { code });

describe('"not now"', () => {
  test.each([
    ['refused', coded('ECONNREFUSED')],
    ['refused at every address', new AggregateError([coded('ECONNREFUSED')])],
    ['reset', coded('ECONNRESET')],
    ['no such name', coded('ENOTFOUND')],
    ['shutting down', coded('57P01')],
    ['starting up', coded('57P03')],
    ['too many connections', coded('53300')],
    ['timed out there', coded('57014')],
    ['read-only standby', coded('25006')],
    ['disk full', coded('SQLITE_FULL')],
    ['disk full when it is flushed', coded('ENOSPC')],
    ['disk broken', coded('EIO')],
    ['locked', coded('SQLITE_BUSY')],
    ['timed out here', new Error('Query read timeout')],
    ['connection gone', new Error('Connection terminated unexpectedly')],
    ['no connection in time', new Error('timeout expired')],
    ['ours', new StoreUnavailableError('gone')],
    ['of another realm', { code: 'ECONNREFUSED', message: '' }],
  ])('%s', (_, error) => {
    expect(isUnavailable(error)).toBe(true);
  });
});

describe('"not like this"', () => {
  test.each([
    ['wrong password', coded('28P01')],
    ['no such database', coded('3D000')],
    ['no such table', coded('42P01')],
    ['unique', coded('23505')],
    ['foreign key', coded('SQLITE_CONSTRAINT_FOREIGNKEY')],
    ['a mistake of ours', new TypeError('x is not a function')],
    ['nothing', undefined],
    ['a word', 'ECONNREFUSED'],
  ])('%s', (_, error) => {
    expect(isUnavailable(error)).toBe(false);
  });
});

test.each(['23505', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'])(
  '%s: a unique index refused the row',
  (code) => {
    expect(isUniqueViolation(coded(code))).toBe(true);
    expect(isUniqueViolation(coded(`${code}x`))).toBe(false);
  },
);

test.each(['40001', '40P01'])('%s: a race was lost, and the work can run again', (code) => {
  expect(isRaceLost(coded(code))).toBe(true);
  expect(isUnavailable(coded(code))).toBe(false);
});
