import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, normalize } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { missingTarget, relativeLinks, undefinedReferences } from '../support/markdown-links.js';

/** Folders that builds, runs and installations make. */
const NOT_OURS = new Set(['dist', 'coverage', 'data', 'media', '.git']);

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return [path];
    return NOT_OURS.has(path) || entry.name === 'node_modules' ? [] : filesBelow(path);
  });
}

const pages = filesBelow('.').filter((path) => path.endsWith('.md'));

describe('every page of the project', () => {
  it.each(pages)('%s links to files and headings that exist', (page) => {
    const broken = relativeLinks(page).flatMap((link) => {
      const missing = missingTarget(link);
      return missing === null ? [] : [`${link.target}: no such ${missing}`];
    });
    expect(broken).toEqual([]);
    expect(undefinedReferences(page)).toEqual([]);
  });

  it('is found from the README, if it belongs to the docs', () => {
    const linked = new Set(relativeLinks('README.md').map(({ target }) => normalize(target)));
    const ours = pages.filter((page) => /^docs\/(?!adr\/)/.test(page));
    expect(ours.length).toBeGreaterThan(0);
    expect(ours.filter((page) => !linked.has(page))).toEqual([]);
  });

  it('exists, if the source names it', () => {
    const sources = ['src', 'tools', 'console', 'test', 'scripts']
      .flatMap(filesBelow)
      .filter((path) => /\.(?:ts|tsx|mjs|js)$/.test(path));
    const named = sources.flatMap((source) =>
      [...readFileSync(source, 'utf8').matchAll(/(?<![\w./])docs\/[\w/.-]+\.md\b/g)].map(
        ([page]) => ({ source, page }),
      ),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter(({ page }) => !pages.includes(page))).toEqual([]);
  });
});

describe('a broken link', () => {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-links-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const pageOf = (text: string): string => {
    const page = join(folder, 'page.md');
    writeFileSync(page, text);
    return page;
  };
  const missing = (text: string) => relativeLinks(pageOf(text)).map(missingTarget);

  it.each([
    ['a file that does not exist', '[a](other.md)', 'file'],
    ['a heading that does not exist', '# One\n\n[a](#two)', 'heading'],
    ['a picture that does not exist', '![a](picture.png)', 'file'],
    ['a definition that leads nowhere', '[a][b]\n\n[b]: other.md', 'file'],
    ['a heading inside a code block', '```sh\n# Two\n```\n\n[a](#two)', 'heading'],
  ])('is noticed: %s', (_, text, expected) => {
    expect(missing(text)).toEqual([expected]);
  });

  it('is noticed: a reference without a definition', () => {
    expect(undefinedReferences(pageOf('[a][b]'))).toHaveLength(1);
  });

  it.each([
    ['a heading, as GitHub names it', '# 429 `too_many`: what now?\n\n[a](#429-too_many-what-now)'],
    ['the second heading of one name', '# One\n\n# One\n\n[a](page.md#one-1)'],
    ['a folder', '[a](../)'],
  ])('is none: %s', (_, text) => {
    expect(missing(text)).toEqual([null]);
  });

  it('is none: another host, and what stands in code', () => {
    expect(
      missing('[a](https://example.com/x) `[b](other.md)`\n\n```md\n[c](other.md)\n```'),
    ).toEqual([]);
  });
});
