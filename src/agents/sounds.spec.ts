import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { wavOf } from '../audio/wav.js';
import { packageRoot } from '../shared/package-root.js';
import { AgentSettings } from './agents.variables.js';
import { SHIPPED_SOUNDS, Sounds } from './sounds.js';

describe('the sounds that come with Patchbay', () => {
  it('are all listed, and can be played', async () => {
    const files = await readdir(join(packageRoot(), 'sounds'));
    const wavs = files.filter((file) => file.endsWith('.wav'));
    expect(SHIPPED_SOUNDS).toEqual(wavs.toSorted().map((file) => `patchbay:${file}`));
    const sounds = new Sounds(new AgentSettings({ mediaDir: tmpdir() }), {
      findForCall: () => Promise.resolve(null),
      read: () => Promise.resolve(null),
    });
    expect(await sounds.problemsWith(SHIPPED_SOUNDS, 1)).toEqual([]);
  });
});

describe('the sounds of MEDIA_DIR', () => {
  let outside = '';
  let root = '';
  let sounds: Sounds;
  const wav = (seconds: number, sampleRate = 8_000, channels: 1 | 2 = 1): Buffer =>
    wavOf(new Int16Array(seconds * sampleRate * channels), { sampleRate, channels });

  beforeAll(async () => {
    outside = await mkdtemp(join(tmpdir(), 'patchbay-media-'));
    root = join(outside, 'media');
    await mkdir(join(root, 'menu'), { recursive: true });
    await writeFile(join(outside, 'secret.wav'), wav(1));
    await writeFile(join(root, 'mono.wav'), wav(1));
    await writeFile(join(root, 'menu', 'cd.wav'), wav(2, 44_100, 2));
    await writeFile(join(root, 'text.wav'), 'hello');
    execFileSync('mkfifo', [join(root, 'pipe.wav')]);
    await writeFile(join(root, 'long.wav'), wav(601, 4_000));
    await symlink(join(outside, 'secret.wav'), join(root, 'link.wav'));
    await symlink(join(root, 'mono.wav'), join(root, 'inside.wav'));
    sounds = new Sounds(new AgentSettings({ mediaDir: root }), {
      findForCall: () => Promise.resolve(null),
      read: () => Promise.resolve(null),
    });
  });
  afterAll(() => rm(outside, { recursive: true, force: true }));

  it('are played at 8 kHz, whatever their own rate', async () => {
    expect(await sounds.load('mono.wav', 1)).toHaveLength(8_000);
    expect(await sounds.load('menu/cd.wav', 1)).toHaveLength(16_000);
    expect(await sounds.load('inside.wav', 1)).toHaveLength(8_000);
  });

  it('are read again when they change', async () => {
    const before = await sounds.load('mono.wav', 1);
    expect(await sounds.load('mono.wav', 1)).toBe(before);
    await writeFile(join(root, 'mono.wav'), wav(3));
    await utimes(join(root, 'mono.wav'), new Date(), new Date(Date.now() + 5_000));
    expect(await sounds.load('mono.wav', 1)).toHaveLength(24_000);
  });

  it('are prepared a little at a time, so that other calls are not delayed', async () => {
    await writeFile(join(root, 'minute.wav'), wav(60, 16_000));
    const progress = { turns: 0, isReady: false };
    const loading = sounds.load('minute.wav', 1).finally(() => (progress.isReady = true));
    while (!progress.isReady) {
      progress.turns += 1;
      await turnOfTheLoop();
    }
    expect(await loading).toHaveLength(60 * 8_000);
    expect(progress.turns).toBeGreaterThan(60);
  });

  it('are read once, however many calls need them at the same time', async () => {
    await writeFile(join(root, 'asked.wav'), wav(1));
    const [first, ...others] = await Promise.all(
      Array.from({ length: 20 }, () => sounds.load('asked.wav', 1)),
    );
    for (const other of others) expect(other).toBe(first);
  });

  it('are refused if they are longer than what may wait to be heard', async () => {
    await expect(sounds.load('long.wav', 1)).rejects.toThrow('longer than ten minutes');
  });

  it.each([
    ['../secret.wav', 'not the name'],
    ['menu/../../secret.wav', 'not the name'],
    ['/etc/passwd', 'not the name'],
    ['menu\\cd.wav', 'not the name'],
    ['.hidden.wav', 'not the name'],
    ['mono.wav\0', 'not the name'],
    ['', 'not the name'],
    ['link.wav', 'leads out'],
    ['missing.wav', 'no sound "missing.wav" in MEDIA_DIR'],
    ['menu', 'cannot be read'],
    ['text.wav', 'not a WAV'],
    ['pipe.wav', 'not a WAV'],
  ])('%j is refused: %s', async (name, why) => {
    await expect(sounds.load(name, 1)).rejects.toThrow(why);
    expect(await sounds.problemsWith([name, 'inside.wav'], 1)).toEqual([
      expect.stringContaining(why),
    ]);
  });
});
