import { existsSync, statSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { S3Double, sign } from '../../../test/support/s3-double.js';
import { FolderStore } from './folder-store.js';
import { RecordingStoreError, type RecordingStore } from './recording-store.js';
import { S3Store, s3OptionsOf, type S3Options } from './s3-store.js';

let directory = '';
let s3: S3Double;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'patchbay-store-'));
  s3 = await S3Double.start();
});
afterEach(async () => {
  await s3.stop();
  await rm(directory, { recursive: true, force: true });
});

function optionsOf(): S3Options {
  const options = s3OptionsOf(s3.settings());
  if (!options) throw new Error('no bucket is configured');
  return options;
}

const KINDS: Array<[string, () => RecordingStore]> = [
  ['a folder', () => new FolderStore(join(directory, 'kept'))],
  ['a bucket', () => new S3Store(optionsOf())],
];

describe.each(KINDS)('%s of recordings', (_kind, make) => {
  let store: RecordingStore;
  beforeEach(() => {
    store = make();
  });

  const put = async (location: string, content: string): Promise<void> => {
    const file = join(directory, 'segment.wav');
    await writeFile(file, content);
    await store.put(location, file);
  };
  const read = async (location: string, from = 0, to = 1_000): Promise<string | null> =>
    (await store.read(location, from, to))?.toString() ?? null;

  it('returns what was put, in parts too, and the newest', async () => {
    const location = store.locationOf('7/1-0.wav');
    expect(store.has(location)).toBe(true);
    await put(location, 'first');
    await put(location, 'a segment');
    expect(await read(location)).toBe('a segment');
    expect(await read(location, 2, 5)).toBe('seg');
    expect(await read(location, 7, 100)).toBe('nt');
    expect(await read(location, 100, 200)).toBe('');
  });

  it('has nothing at other places, and nothing more after it was erased', async () => {
    const [one, other] = [store.locationOf('7/1-0.wav'), store.locationOf('7/1-1.wav')];
    await put(one, 'one');
    await put(other, 'other');
    expect(await read(store.locationOf('8/1-0.wav'))).toBeNull();
    await store.erase(one);
    await store.erase(one);
    expect([await read(one), await read(other)]).toEqual([null, 'other']);
  });

  it('is tried out without a trace', async () => {
    await store.probe();
    expect([...s3.objects.keys()]).toEqual([]);
    expect(await readdir(join(directory, 'kept')).catch(() => [])).toEqual([]);
  });
});

describe('a folder of recordings', () => {
  it('of which the disk fails says so', async () => {
    await writeFile(join(directory, 'file'), '');
    const store = new FolderStore(join(directory, 'file'));
    await expect(store.probe()).rejects.toThrow(RecordingStoreError);
    await expect(store.put('7/1-0.wav', join(directory, 'x'))).rejects.toThrow(RecordingStoreError);
  });

  // A file system beside the one of temporary files is there on Linux.
  const elsewhere = ['/dev/shm', '/tmp', '/var/tmp'].find(
    (path) => existsSync(path) && statSync(path).dev !== statSync(tmpdir()).dev,
  );
  (elsewhere ? it : it.skip)('takes what lies on another file system', async () => {
    const other = await mkdtemp(join(elsewhere ?? '', 'patchbay-store-'));
    try {
      const file = join(other, 'segment.wav');
      await writeFile(file, 'a segment');
      const store = new FolderStore(join(directory, 'kept'));
      const location = store.locationOf('7/1-0.wav');
      await store.put(location, file);
      expect((await store.read(location, 0, 100))?.toString()).toBe('a segment');
      expect(await readdir(join(directory, 'kept', '7'))).toEqual(['1-0.wav']);
    } finally {
      await rm(other, { recursive: true });
    }
  });

  it('may be asked again to put what it has moved already', async () => {
    const store = new FolderStore(directory);
    const file = join(directory, 'x');
    await writeFile(file, 'segment');
    await store.put('7/1-0.wav', file);
    await store.put('7/1-0.wav', file);
    await expect(store.put('7/1-1.wav', file)).rejects.toThrow(RecordingStoreError);
    expect((await store.read('7/1-0.wav', 0, 7))?.toString()).toBe('segment');
  });
});

describe('a bucket of recordings', () => {
  it('is one whose double signs Amazon’s own example as Amazon does', () => {
    const canonical = [
      'GET',
      '/test.txt',
      '',
      'host:examplebucket.s3.amazonaws.com',
      'range:bytes=0-9',
      'x-amz-content-sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      'x-amz-date:20130524T000000Z',
      '',
      'host;range;x-amz-content-sha256;x-amz-date',
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    ].join('\n');
    const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    const scope = '20130524/us-east-1/s3/aws4_request';
    expect(sign(secret, scope, '20130524T000000Z', canonical).toString('hex')).toBe(
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
  });

  it('is asked for names under its prefix, with a signature and the hash of what is put', async () => {
    await new S3Store(optionsOf()).probe();
    expect(s3.served.map((line) => line.replace(/-[0-9a-f-]{36}$/, ''))).toEqual([
      'PUT calls/probe',
      'GET calls/probe',
      'DELETE calls/probe',
    ]);
    expect(s3.refused).toEqual([]);
    expect(new S3Store({ ...optionsOf(), prefix: '' }).locationOf('7/1-0.wav')).toBe(
      's3://recordings/7/1-0.wav',
    );
  });

  it.each([
    ['the secret', { secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'],
    ['the key', { accessKeyId: 'another' }, 'InvalidAccessKeyId'],
    ['the region', { region: 'us-east-1' }, 'AuthorizationHeaderMalformed'],
    ['the bucket', { bucket: 'another' }, 'NoSuchBucket'],
  ])('that refuses because of %s says so by its code', async (_what, wrong, code) => {
    const store = new S3Store({ ...optionsOf(), ...wrong });
    const x = store.locationOf('x');
    for (const ask of [() => store.probe(), () => store.read(x, 0, 1), () => store.erase(x)]) {
      const error: unknown = await ask().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(RecordingStoreError);
      expect(String(error)).toContain(code);
    }
  });

  it('that does not answer, or not in time, says so', async () => {
    s3.away = true;
    await expect(new S3Store(optionsOf()).probe()).rejects.toThrow('S3 does not answer');
    s3.away = false;
    s3.before = () => new Promise(() => undefined);
    await expect(new S3Store(optionsOf(), 50).probe()).rejects.toThrow(
      'S3 does not answer (TimeoutError)',
    );
  });

  it('at Amazon is asked at its own host, unless its name has dots', async () => {
    const asked: string[] = [];
    const real = globalThis.fetch;
    globalThis.fetch = (request) => {
      asked.push((request as Request).url);
      return Promise.resolve(new Response(null, { status: 204 }));
    };
    try {
      for (const [bucket, region] of [
        ['plain', 'eu-central-1'],
        ['with.dots', 'eu-central-1'],
        ['plain', 'cn-north-1'],
      ] as const) {
        await new S3Store({ ...optionsOf(), endpoint: null, bucket, region }).erase(
          `s3://${bucket}/calls/x`,
        );
      }
    } finally {
      globalThis.fetch = real;
    }
    expect(asked).toEqual([
      'https://plain.s3.eu-central-1.amazonaws.com/calls/x',
      'https://s3.eu-central-1.amazonaws.com/with.dots/calls/x',
      'https://plain.s3.cn-north-1.amazonaws.com.cn/calls/x',
    ]);
  });
});
