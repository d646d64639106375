import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { queryFields, readable } from '../../providers/form-fields.js';
import { answerIds, parseId } from './params.js';

describe('an id in a URL', () => {
  test('is a positive safe integer in plain digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (id) => {
        expect(parseId(String(id))).toBe(id);
      }),
    );
  });

  test.each([
    '',
    '0',
    '-1',
    '+1',
    '01',
    '1.0',
    '1e3',
    '0x10',
    ' 1',
    '1 ',
    '1\n',
    '٣',
    'NaN',
    '9007199254740992',
    '99999999999999999999',
  ])('not %j', (text) => {
    expect(parseId(text)).toBeNull();
  });
});

describe('the ids of an answer URL', () => {
  const ids = (query: string) => answerIds(readable(queryFields(`/twiml?${query}`)));

  test('all three', () => {
    expect(ids('workflow_id=1&user_id=2&workflow_run_id=3')).toEqual({
      workflowId: 1,
      userId: 2,
      runId: 3,
    });
  });

  test('none: a call coming in, whatever else is asked', () => {
    expect(ids('')).toBeNull();
    expect(ids('CallSid=CA1&workflow_ids=1')).toBeNull();
  });

  test.each([
    ['workflow_id=1', 'user_id is missing'],
    ['workflow_id=1&user_id=2', 'workflow_run_id is missing'],
    ['workflow_run_id=3', 'workflow_id is missing'],
    ['workflow_id=1&workflow_id=1&user_id=2&workflow_run_id=3', 'workflow_id is repeated'],
    ['workflow_id=1&user_id=x&workflow_run_id=3', 'user_id must be a positive integer'],
    ['workflow_id=1&user_id=&workflow_run_id=3', 'user_id must be a positive integer'],
  ])('%s: %s', (query, problem) => {
    expect(ids(query)).toBe(problem);
  });
});
