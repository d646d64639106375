import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { CarrierKind } from '../../src/providers/carrier-kind.js';
import { renderCarriersPage } from '../../src/providers/carriers-page.js';
import { LEAST } from '../../src/providers/capabilities.js';
import { everyKind } from '../../src/providers/carriers.js';

const kinds = everyKind();

describe('docs/carriers.md', () => {
  it('is what the carriers’ flags say', () => {
    expect(readFileSync('docs/carriers.md', 'utf8')).toBe(renderCarriersPage(kinds));
  });

  it.each(kinds.map(({ name }) => name))('has %s, whose fixture the kit has tried', (name) => {
    const specs = readdirSync('test/contract')
      .filter((file) => file.endsWith('-carrier.spec.ts'))
      .map((file) => readFileSync(`test/contract/${file}`, 'utf8'));
    expect(specs.filter((text) => text.includes(`providers/${name}/`))).not.toEqual([]);
  });

  it('says of each cell how far it was tried, and nothing of what is not offered', () => {
    class MadeUp extends CarrierKind {
      readonly name = 'made-up';
      readonly needs = 'nothing';
      readonly accounts = [];
      override readonly tried = 'live';
      override readonly capabilities = { ...LEAST, says: true };
    }
    const line = renderCarriersPage([new MadeUp()])
      .split('\n')
      .find((one) => one.includes('carriers/made-up.md'));
    const cells = line?.split('|').map((cell) => cell.trim());
    expect(cells).toContain('yes (live)');
    expect(cells?.filter((cell) => cell === '–')).toHaveLength(4);
    expect(line).not.toContain('kit');
  });
});
