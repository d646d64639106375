import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readEnvironment } from './environment.js';
import { SettingsError } from './settings-error.js';

describe('the environment', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-environment-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** A working directory whose `.env` file has this text. */
  async function withFile(text: string): Promise<string> {
    const directory = await mkdtemp(join(folder, 'with-file-'));
    await writeFile(join(directory, '.env'), text);
    return directory;
  }

  it('is that of the process where there is no file', () => {
    expect(readEnvironment({ PORT: '1' }, folder)).toEqual({ PORT: '1' });
  });

  it('is that of the process over that of the file, even where it is empty', async () => {
    const directory = await withFile('PORT=2\nHOST=file\nLOG_LEVEL=debug\n');
    expect(readEnvironment({ PORT: '1', HOST: '' }, directory)).toEqual({
      PORT: '1',
      HOST: '',
      LOG_LEVEL: 'debug',
    });
  });

  it('is refused when the file cannot be read', async () => {
    const directory = await mkdtemp(join(folder, 'no-file-'));
    await mkdir(join(directory, '.env'));
    expect(() => readEnvironment({}, directory)).toThrow(
      new SettingsError([{ variable: '.env', expected: 'must be a readable file (EISDIR)' }]),
    );
  });
});
