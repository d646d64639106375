import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { S3Store, type S3Options } from '../../src/calls/recordings/s3-store.js';
import { claimedPort } from '../support/claimed-port.js';
import { LONG, until } from '../support/patience.js';

// A server of S3's protocol that is not ours. It is installed on the spot, in a minute, so only by
// `npm run test:long`; the double of the other specs checks signatures in its own way.
const SERVER = 's3rver@3.7.1';
const KEY = 'S3RVER';

(LONG ? describe : describe.skip)(`segments of recordings in ${SERVER}`, () => {
  let directory = '';
  let server: ChildProcess;
  let options: S3Options;
  let store: S3Store;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchbay-s3-'));
    await writeFile(join(directory, 'package.json'), '{"private":true}');
    await promisify(execFile)('npm', ['install', '--no-audit', '--no-fund', SERVER], {
      cwd: directory,
    });
    const port = await claimedPort();
    server = spawn(
      process.execPath,
      [
        'node_modules/s3rver/bin/s3rver.js',
        '--address=127.0.0.1',
        `--port=${port}`,
        `--directory=${join(directory, 'data')}`,
        '--silent',
        '--configure-bucket',
        'recordings',
      ],
      { cwd: directory, stdio: 'ignore' },
    );
    const endpoint = `http://127.0.0.1:${port}`;
    await until(() => fetch(endpoint).then(Boolean, () => false), 'the server listens');
    options = {
      bucket: 'recordings',
      prefix: 'calls',
      endpoint,
      region: 'us-east-1',
      accessKeyId: KEY,
      secretAccessKey: KEY,
      sessionToken: null,
    };
    store = new S3Store(options);
  }, 600_000);
  afterAll(async () => {
    server.kill();
    await once(server, 'exit');
    await rm(directory, { recursive: true, force: true });
  });

  it('are put, read in parts and erased', async () => {
    const location = store.locationOf('7/1-0.wav');
    const file = join(directory, 'segment.wav');
    const segment = Buffer.alloc(960_044, 'audio');
    await writeFile(file, segment);
    expect(await store.read(location, 0, 10)).toBeNull();
    await store.put(location, file);
    expect((await store.read(location, 0, segment.length))?.equals(segment)).toBe(true);
    expect((await store.read(location, 44, 54))?.toString()).toBe(segment.toString('utf8', 44, 54));
    expect((await store.read(location, segment.length - 5, segment.length + 5))?.length).toBe(5);
    await store.erase(location);
    await store.erase(location);
    expect(await store.read(location, 0, 10)).toBeNull();
    await store.probe();
  });

  // It does not check signatures of version 4, which the double does.
  it('are refused by its own words for an unknown key and a bucket that is not there', async () => {
    const unknown = new S3Store({ ...options, accessKeyId: 'unknown' });
    await expect(unknown.probe()).rejects.toThrow('InvalidAccessKeyId');
    await expect(new S3Store({ ...options, bucket: 'other' }).probe()).rejects.toThrow(
      'NoSuchBucket',
    );
  });
});
