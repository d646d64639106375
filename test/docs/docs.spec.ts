import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { claimedPort } from '../support/claimed-port.js';
import { blocksOf, type Block } from './blocks.js';
import { CleanCheckout } from './clean-checkout.js';
import { faultOfValues } from './described.js';
import { PageWalk, type Outcome } from './page-walk.js';
import { pages } from './pages.js';
import { Shell } from './shell.js';
import { Tally } from './tally.js';
import { faultsOfTypes } from './types.js';

// Somebody who has never seen the project does word by word what its pages say.
const blocks = pages().map((page) => ({ page, blocks: blocksOf(page) }));
const printed = blocks.filter((one) => one.blocks.length > 0);

describe('what the pages print', () => {
  const tally = new Tally();
  let tools: string;
  let checkout: CleanCheckout;
  let shell: Shell;

  beforeAll(async () => {
    checkout = await CleanCheckout.make();
    tools = await mkdtemp(join(tmpdir(), 'patchbay-commands-'));
    shell = await Shell.open(tools, await claimedPort());
  });
  afterAll(async () => {
    process.stderr.write(`${tally.text()}\n`);
    await checkout.remove();
    await rm(tools, { recursive: true, force: true });
  });

  describe.each(printed)('on $page', ({ page, blocks: onPage }) => {
    let walk: PageWalk;

    beforeAll(async () => {
      await checkout.restore();
      // The README begins with `npm ci`; readers of other pages have done that.
      if (page !== 'README.md' && !existsSync(join(checkout.folder, 'node_modules'))) {
        await shell.run('npm ci && npm run build', checkout.folder);
      }
      walk = new PageWalk(checkout.folder, shell);
    });
    afterAll(() => walk.end());

    it.each(onPage.map((block) => [titleOf(block), block] as const))('%s', async (_, block) => {
      const outcome: Outcome = await walk.go(block);
      expect(faultOfValues(block)).toBeNull();
      tally.count(block, outcome);
    });

    it('has types that the compiler finds right', async () => {
      expect(await faultsOfTypes(checkout.folder, onPage)).toEqual([]);
    });
  });

  it('is all accounted for', () => {
    expect(tally.missing(printed.flatMap((one) => one.blocks))).toEqual([]);
  });
});

function titleOf({ line, language, text, marks }: Block): string {
  const [first = ''] = text.split('\n');
  const needs = marks.needs === undefined ? '' : ` (needs ${marks.needs.join(', ')})`;
  return `line ${line}, ${language}: ${first.trim().slice(0, 60)}${needs}`;
}
