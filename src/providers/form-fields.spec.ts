import { expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';
import { countFields, formFields, queryFields, readable } from './form-fields.js';

const formOf = (body: Buffer) => readable(formFields(body));
const queryOf = (target: string) => readable(queryFields(target));

test('fields of a query keep order, repetitions and brackets', () => {
  expect(queryOf('/twiml?a=1&b[]=2&a=%2B3&c')).toEqual([
    ['a', '1'],
    ['b[]', '2'],
    ['a', '+3'],
    ['c', ''],
  ]);
  expect(queryOf('/twiml')).toEqual([]);
  expect(queryOf('/twiml?')).toEqual([]);
});

test('fields of a form are read as UTF-8, a plus as a space', () => {
  expect(formOf(Buffer.from('City=S%C3%A3o+Paulo&Empty='))).toEqual([
    ['City', 'São Paulo'],
    ['Empty', ''],
  ]);
  expect(formOf(Buffer.alloc(0))).toEqual([]);
});

test.each([
  ['escaped', 'Name=J%FCrgen&City=S%C3%A3o'],
  ['as they are', Buffer.from('Name=J\xFCrgen&City=S\xC3\xA3o', 'latin1')],
])('that are no UTF-8 are read as Latin-1, %s', (_, body) => {
  expect(formOf(Buffer.from(body))).toEqual([
    ['Name', 'Jürgen'],
    ['City', 'São'],
  ]);
});

test('fields are those of URLSearchParams wherever they are UTF-8', () => {
  const piece = fc.constantFrom('&', '=', '+', '%', '4', '1', '%C3%BC', '%00', 'z', '?', '\n');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      const fields = [...new URLSearchParams(`x&${text}`)].slice(1);
      const expected = fields.map((pair) => pair.map((part) => part.replaceAll('\0', '\uFFFD')));
      expect(formOf(Buffer.from(text))).toEqual(expected);
      expect(fields.length).toBeLessThanOrEqual(countFields(text));
      expect(countFields(Buffer.from(text))).toBe(countFields(text));
    }),
  );
});

test('fields of a body that is no text at all do not throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(Array.isArray(formOf(Buffer.from(bytes)))).toBe(true);
    }),
  );
});

test('fields of one body are parsed once', () => {
  const body = Buffer.from('a=1&b=2');
  const read = jest.spyOn(body, 'toString');
  expect(formFields(body)).toBe(formFields(body));
  expect(read).toHaveBeenCalledTimes(1);
});
