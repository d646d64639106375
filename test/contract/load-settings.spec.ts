import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../src/load-settings.js';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'patchbay-settings-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe('settings from the environment and the .env file', () => {
  it('need no file', () => {
    expect(loadSettings({ PORT: '81' }, directory).http.port).toBe(81);
  });

  it('come from the file, and the environment wins', () => {
    writeFileSync(
      join(directory, '.env'),
      'PORT=81\nLOG_LEVEL="warn" # less\n#HOST=::1\nDATA_DIR=/d\n',
    );
    const { http, store } = loadSettings({ PORT: '82', DATA_DIR: '' }, directory);
    expect(http).toMatchObject({ port: 82, logLevel: 'warn', host: '0.0.0.0' });
    // Set to nothing on purpose: absent, in spite of the file.
    expect(store.dataDir).toBe('./data');
  });

  it('leave the environment as it is', () => {
    writeFileSync(join(directory, '.env'), 'STREAM_GRACE_SECONDS=7\n');
    expect(loadSettings(undefined, directory).streams.graceSeconds).toBe(7);
    expect(process.env['STREAM_GRACE_SECONDS']).toBeUndefined();
  });

  it('stop the start when the file cannot be read', () => {
    mkdirSync(join(directory, '.env'));
    expect(() => loadSettings({}, directory)).toThrow('.env must be a readable file (EISDIR)');
  });
});
