import { describe, expect, it } from '@jest/globals';
import { isJsonObject, jsonObjectIn, readJsonObject } from './json-object.js';

describe('a text that should be one JSON object', () => {
  it('is read, and what else it is said', () => {
    expect(readJsonObject('{"a":1}')).toEqual({ a: 1 });
    expect(readJsonObject('{"a":')).toBe('not JSON');
    expect(['[]', 'null', '1', '"a"'].map(readJsonObject)).toEqual(
      Array.from({ length: 4 }, () => 'not an object'),
    );
  });

  it('is null where it is none', () => {
    expect(jsonObjectIn('{}')).toEqual({});
    expect(['', '[]', 'null'].map(jsonObjectIn)).toEqual([null, null, null]);
    expect([{}, [], null, 'a'].map(isJsonObject)).toEqual([true, false, false, false]);
  });
});
