import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { MediaHash } from './media-hash.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'patchbay-media-'));
});
afterEach(() => rm(home, { recursive: true }));

async function folder(name: string, files: Record<string, string>): Promise<string> {
  const directory = join(home, name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(directory, path, '..'), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}
const hashOf = (directory: string) => new MediaHash(directory).compute();
const SOUNDS = { 'welcome.wav': 'one', 'menu/again.wav': 'two' };

it('is the same for the same sounds, whatever else lies beside them', async () => {
  const [here, there] = [await folder('here', SOUNDS), await folder('there', SOUNDS)];
  await writeFile(join(there, '.hidden'), 'of a file manager');
  expect(await hashOf(here)).toMatch(/^[0-9a-f]{64}$/);
  expect(await hashOf(there)).toBe(await hashOf(here));
});

it('is another one for another name, other content, or one sound more or less', async () => {
  const { 'welcome.wav': _, ...fewer } = SOUNDS;
  const hashes = await Promise.all(
    [
      await folder('here', SOUNDS),
      await folder('content', { ...SOUNDS, 'welcome.wav': 'ONE' }),
      await folder('name', { ...fewer, 'hello.wav': 'one' }),
      await folder('more', { ...SOUNDS, 'bye.wav': 'three' }),
      await folder('fewer', fewer),
      join(home, 'missing'),
    ].map(hashOf),
  );
  expect(new Set(hashes).size).toBe(hashes.length);
  await mkdir(join(home, 'empty'));
  expect(await hashOf(join(home, 'empty'))).toBe(hashes.at(-1));
});

it('follows changes, and reads no file again that has not changed', async () => {
  const here = await folder('here', SOUNDS);
  const hash = new MediaHash(here);
  const before = await hash.compute();
  await writeFile(join(here, 'welcome.wav'), 'ONE, and longer');
  const changed = await hash.compute();
  expect(changed).not.toBe(before);
  await rename(join(here, 'welcome.wav'), join(here, 'hello.wav'));
  expect(await hash.compute()).not.toBe(changed);
  // Of the same age and size, a file is taken for the same without being opened.
  const fixed = new Date('2026-01-01T00:00:00Z');
  await utimes(join(here, 'hello.wav'), fixed, fixed);
  const known = await hash.compute();
  await writeFile(join(here, 'hello.wav'), 'ANOTHER of equal'.slice(0, 15));
  await utimes(join(here, 'hello.wav'), fixed, fixed);
  expect(await hash.compute()).toBe(known);
  expect(await hashOf(here)).not.toBe(known);
});

it('is not told where a sound cannot be read', async () => {
  const here = await folder('here', SOUNDS);
  await mkdir(join(here, 'menu'), { recursive: true });
  const { symlink } = await import('node:fs/promises');
  await symlink(join(home, 'nowhere'), join(here, 'lost.wav'));
  expect(await hashOf(here)).toBeNull();
});
