import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { csvLine } from './csv.js';

it.each([
  [null, ''],
  [undefined, ''],
  [0, '0'],
  [false, 'false'],
  ['plain', 'plain'],
  ['a,b', '"a,b"'],
  ['a "b"', '"a ""b"""'],
  ['a\nb', '"a\nb"'],
  [{ order: 7 }, '"{""order"":7}"'],
  [{}, '{}'],
])('%j is written as %s', (value, written) => {
  expect(csvLine([value])).toBe(`${written}\r\n`);
});

it.each([
  ['=1+1', "'=1+1"],
  ['+1+cmd|x', "'+1+cmd|x"],
  ['-2+3', "'-2+3"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  [' =1', "' =1"],
  ['＝1', "'＝1"],
  ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
])('%j cannot become a formula', (value, written) => {
  expect(csvLine([value])).toBe(`${written}\r\n`);
});

it.each(['+12025550143', '-3', '-2.5'])('%s stays as it is', (value) => {
  expect(csvLine([value])).toBe(`${value}\r\n`);
});

it('no text begins a formula, breaks its line or loses anything', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (texts) => {
      const cells = parsed(csvLine(texts));
      expect(cells).toHaveLength(texts.length);
      for (const [index, text] of texts.entries()) {
        const read = cells[index] ?? '';
        expect([text, `'${text}`]).toContain(read);
        if (!/^[+-]?\d+(\.\d+)?$/.test(read)) expect(read).not.toMatch(/^\s*[=+\-@\t\r]/);
      }
    }),
  );
});

/** Reads one line as RFC 4180 says. */
function parsed(line: string): string[] {
  const cells = `,${line.slice(0, -2)}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...cells].map(([, quoted, bare = '']) => quoted?.replaceAll('""', '"') ?? bare);
}
