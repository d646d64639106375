import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { credentialsKeyFile, sealingKeys } from '../../src/shared/sealing/sealing-keys.js';
import { SilentLog } from '../support/ledger-builders.js';

const KEY = Buffer.alloc(32, 1);
const PREVIOUS = Buffer.alloc(32, 2);

describe('the credentials key', () => {
  let directory: string;
  let file: string;
  const log = new SilentLog();

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'patchbay-credentials-'));
    file = credentialsKeyFile(join(directory, 'data'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is made once, into a file for nobody else', () => {
    const made = sealingKeys({ key: null, previousKey: null, file }, log);
    expect(made?.current).toHaveLength(32);
    expect(made?.previous).toBeNull();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(Buffer.from(readFileSync(file, 'utf8'), 'base64')).toEqual(made?.current);
    expect(existsSync(`${file}.new`)).toBe(false);
    expect(sealingKeys({ key: null, previousKey: null, file }, log)).toEqual(made);
  });

  it('of the settings needs no file', () => {
    expect(sealingKeys({ key: KEY, previousKey: PREVIOUS, file }, log)).toEqual({
      current: KEY,
      previous: PREVIOUS,
    });
    expect(existsSync(file)).toBe(false);
  });

  it('is none where neither settings nor a file may have it', () => {
    expect(sealingKeys({ key: null, previousKey: null, file: null }, log)).toBeNull();
  });

  it('is never made anew over a file that holds something else', () => {
    sealingKeys({ key: null, previousKey: null, file }, log);
    writeFileSync(file, 'c2hvcnQ=\n');
    expect(() => sealingKeys({ key: null, previousKey: null, file }, log)).toThrow(
      /credentials-key is no credentials key.\n {2}DATA_DIR: It must be 32 bytes in base64. Put the key back/,
    );
    expect(readFileSync(file, 'utf8')).toBe('c2hvcnQ=\n');
  });
});
