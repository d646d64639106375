import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { blocksOf } from './blocks.js';
import { faultsOfCommands, inlineCommands } from './commands.js';
import { faultOfValues } from './described.js';
import { differenceOf } from './likeness.js';
import { pages } from './pages.js';
import { checkSyntax } from './syntax.js';

const FENCE = '```';
const page = (...lines: string[]) => blocksOf('page.md', lines.join('\n'));

// What can be said of the blocks without running them; `npm run test:docs` runs them.
describe('what the pages print', () => {
  it('has known languages, marks and needs, right syntax, and values that their schemas accept', () => {
    const blocks = pages().flatMap((name) => blocksOf(name));
    expect(blocks.length).toBeGreaterThan(60);
    for (const block of blocks) {
      checkSyntax(block);
      expect([block.page, block.line, faultOfValues(block)]).toEqual([
        block.page,
        block.line,
        null,
      ]);
    }
  });

  it('names in its sentences only commands and options that exist', () => {
    const commands = pages().flatMap(inlineCommands);
    expect(commands.length).toBeGreaterThan(60);
    expect(commands.flatMap(faultsOfCommands)).toEqual([]);
  });

  it('says before a block that the service runs, where it is taken to', () => {
    const given = pages()
      .flatMap((name) => blocksOf(name))
      .filter(({ marks }) => marks.given !== undefined);
    expect(given.length).toBeGreaterThan(0);
    for (const { page: name, line, marks } of given) {
      const before = readFileSync(name, 'utf8').split('\n').slice(0, line);
      const said = before.filter((one) => !one.includes('<!--')).join('\n');
      expect([name, said.includes(`\`${marks.given}\``)]).toEqual([name, true]);
    }
  });
});

describe('a page', () => {
  it('has blocks without the indentation of their list, with their marks', () => {
    const [block] = page(
      '1. One:',
      '   <!-- needs: docker, minutes -->',
      '   <!-- exits: 3 -->',
      '',
      `   ${FENCE}sh`,
      '   a \\',
      '     b',
      `   ${FENCE}`,
    );
    expect(block).toEqual({
      page: 'page.md',
      line: 5,
      language: 'sh',
      text: 'a \\\n  b',
      marks: { needs: ['docker', 'minutes'], exits: 3 },
    });
  });

  it.each([
    ['a need that is not on the list', ['<!-- needs: luck -->', `${FENCE}sh`, 'true', FENCE]],
    ['a mark of no meaning', ['<!-- skip -->', `${FENCE}sh`, 'true', FENCE]],
    ['a mark before no block', ['<!-- needs: docker -->', 'A sentence.']],
    ['a mark at its end', ['A sentence.', '<!-- needs: docker -->']],
    ['a block that is not closed', [`${FENCE}sh`, 'true']],
  ])('with %s is refused', (_, lines) => {
    expect(() => page(...lines)).toThrow('page.md:');
  });

  it.each([
    ['sh', 'if true; then'],
    ['sh', 'npm run no-such-script'],
    ['sh', 'npm run doctor -- --no-such-option'],
    ['js', 'const = 1;'],
    ['json', '{ "a": 1, }'],
    ['xml', '<a b="?c&d"/>'],
    ['yaml', 'a: [1'],
    ['ini', 'no value'],
    ['nginx', 'listen 80'],
    ['klingon', 'nuqneH'],
    ['', 'something'],
  ])('with a wrong block of %s is refused: %s', (language, text) => {
    const [block] = page(FENCE + language, text, FENCE);
    expect(() => block && checkSyntax(block)).toThrow('page.md:1: ');
  });

  it('prints values that their schema accepts', () => {
    const faults = [
      ['<!-- schema: Digits -->', '{ "digits": "1#" }'],
      ['<!-- schema: Digits -->', '{ "digits": "1#", "more": 1 }'],
      ['<!-- schema: ClaimNumber -->', '{ "number": "+12025550100" }'],
      ['<!-- excerpt: ClaimNumber -->', '{ "number": "+12025550100" }'],
    ].map(([mark = '', json = '']) => {
      const [block] = page(mark, `${FENCE}json`, json, FENCE);
      return block ? faultOfValues(block) : 'no block';
    });
    expect(faults).toEqual([null, expect.any(String), expect.any(String), null]);
  });
});

describe('a printed reply', () => {
  const real = {
    id: 1,
    at: '2026-11-23T17:20:25.236Z',
    name: 'Echo',
    end: null,
    more: [{ a: true }],
  };

  it('is like the real one but for times and ids', () => {
    expect(
      differenceOf({ ...real, at: '2025-01-01T00:00:00.000Z', end: 'api_hangup' }, real),
    ).toBeNull();
  });

  it.each([
    [{ ...real, name: 'Tone' }],
    [{ ...real, id: 2 }],
    [{ ...real, other: 1 }],
    [{ id: 1 }],
    [{ ...real, more: [] }],
    [{ ...real, more: [{ a: 'true' }] }],
  ])('is found to differ: %j', (printed) => {
    expect(differenceOf(printed, real)).not.toBeNull();
  });
});
