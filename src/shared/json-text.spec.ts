import { describe, expect, it, test } from '@jest/globals';
import { assert, dictionary, jsonValue, nat, object, pre, property, string } from 'fast-check';
import { JSON_LIMITS, parseJsonObject } from './json-text.js';
import { Problem } from './problem.js';

function refusalOf(text: string): string {
  try {
    parseJsonObject(text);
    return 'none';
  } catch (error) {
    if (error instanceof Problem && error.code === 'invalid_request') return error.detail;
    throw error;
  }
}

const list = (values: number, value = '1'): string =>
  `{"a":[${Array<string>(values).fill(value).join(',')}]}`;

describe('a JSON body', () => {
  test('is read as JSON.parse reads it, for any content', () => {
    assert(
      property(dictionary(string(), jsonValue(), { maxKeys: 50 }), (value) => {
        pre(!JSON.stringify(value).includes('__proto__'));
        for (const indent of [0, 2]) {
          const text = JSON.stringify(value, null, indent);
          expect(parseJsonObject(text)).toEqual(JSON.parse(text));
        }
      }),
    );
  });

  test('is refused when it is not JSON, wherever the error is', () => {
    assert(
      property(object({ maxDepth: 2 }), nat(), (value, place) => {
        const text = JSON.stringify(value);
        pre(!text.includes('__proto__'));
        const cut = text.slice(0, place % text.length);
        expect(refusalOf(cut)).toBe('The body is not valid JSON.');
      }),
    );
  });

  test.each([
    ['{"a":1}}', 'The body is not valid JSON.'],
    ['{"a":"', 'The body is not valid JSON.'],
    ['{"\\x":1}', 'The body is not valid JSON.'],
    ['[]', 'The body must be a JSON object.'],
    ['null', 'The body must be a JSON object.'],
    ['"text"', 'The body must be a JSON object.'],
    ['{"a":1,"a":2}', 'a is given twice.'],
    ['{"a":1,"\\u0061":2}', 'a is given twice.'],
    ['{"b":[{"a":1,"c":{},"a":2}]}', 'a is given twice.'],
    ['{"a":{"__proto__":1}}', '__proto__ is not allowed, in no object.'],
    ['{"\\u005f_proto__":1}', '__proto__ is not allowed, in no object.'],
  ])('%s: %s', (text, refusal) => {
    expect(refusalOf(text)).toBe(refusal);
  });

  it.each([
    '{"a":{"b":1},"b":{"a":1}}',
    '{"a":["a","a",":"],"b":"a"}',
    '{"constructor":{"toString":null},"":0}',
    ' { "a" : "\\\\" , "b" : "\\"a\\":1" } ',
    '\n{}\t',
  ])('%s is accepted', (text) => {
    expect(parseJsonObject(text)).toEqual(JSON.parse(text));
  });
});

describe('what a JSON body may hold', () => {
  const { members, nodes, levels } = JSON_LIMITS;
  const membersOf = (count: number): string =>
    `{${Array.from({ length: count }, (_, place) => `"m${place}":0`).join(',')}}`;
  const nested = (depth: number): string =>
    `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;

  test.each([
    ['members at the top', membersOf(members), membersOf(members + 1), 'members'],
    ['numbers', list(nodes - 2), list(nodes - 1), 'values'],
    ['texts', list(nodes - 2, '"a"'), list(nodes - 1, '"a"'), 'values'],
    ['objects', list(nodes - 2, '{}'), list(nodes - 1, '{}'), 'values'],
    ['members inside', `{"a":${membersOf(nodes - 2)}}`, `{"a":${membersOf(nodes - 1)}}`, 'values'],
    ['levels', nested(levels), nested(levels + 1), 'levels'],
  ])('%s: so many and not one more', (_, most, more, what) => {
    expect(refusalOf(most)).toBe('none');
    expect(refusalOf(more)).toMatch(new RegExp(`more than \\d+ ${what}`));
  });

  test('is determined before the rest of the text is read', () => {
    // If reading continued, this would count as a member given twice.
    expect(refusalOf(`${list(nodes * 2).slice(0, -1)},"b":1,"b":1}`)).toContain('values');
  });
});
