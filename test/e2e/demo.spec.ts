import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LONG, PATIENCE_MS } from '../support/patience.js';

/** `npm test` builds it. */
const PROGRAM = resolve('dist/tools/demo/main.js');

interface Demo {
  child: ChildProcess;
  output: string;
  /** Where it runs, and where its throw-away store is. */
  cwd: string;
  temp: string;
  exited: Promise<number | string>;
}

const all: Demo[] = [];

async function start(...args: string[]): Promise<Demo> {
  return startIn(await mkdtemp(join(tmpdir(), 'patchbay-demo-cwd-')), ...args);
}

async function startIn(cwd: string, ...args: string[]): Promise<Demo> {
  const temp = await mkdtemp(join(tmpdir(), 'patchbay-demo-tmp-'));
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], TMPDIR: temp, FORCE_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const demo: Demo = {
    child,
    output: '',
    cwd,
    temp,
    exited: once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string),
  };
  child.stdout?.on('data', (data: Buffer) => (demo.output += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (demo.output += data.toString()));
  all.push(demo);
  return demo;
}

async function says(demo: Demo, text: string): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (!demo.output.includes(text)) {
    if (performance.now() > giveUpAt || demo.child.exitCode !== null) {
      throw new Error(`it did not say "${text}":\n${demo.output}`);
    }
    await new Promise((next) => setTimeout(next, 10));
  }
}

/** Nobody listens where the gateway and the carrier did. */
async function isSilent(demo: Demo): Promise<boolean> {
  const urls = demo.output.match(/http:\/\/127\.0\.0\.1:\d+/g) ?? [];
  const answers = await Promise.all(
    urls.map((url) =>
      fetch(url).then(
        () => true,
        () => false,
      ),
    ),
  );
  return !answers.includes(true);
}

afterAll(async () => {
  for (const { child, exited, cwd, temp } of all) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
    await rm(cwd, { recursive: true, force: true });
    await rm(temp, { recursive: true, force: true });
  }
});

describe('npm run demo', () => {
  let whole: Demo;
  let staying: Demo;

  // Both take as long as the call that they place.
  beforeAll(async () => {
    whole = await start();
    // Nothing can be written under the recording's name, as in a folder of somebody else's.
    const cwd = await mkdtemp(join(tmpdir(), 'patchbay-demo-cwd-'));
    await mkdir(join(cwd, 'demo-call.wav'));
    staying = await startIn(cwd, '--stay');
  });

  it('places a call, checks it, saves what was heard, exits 0, and tells it in plain lines where nobody watches', async () => {
    const demo = whole;
    expect([await demo.exited, demo.output]).toEqual([0, expect.any(String)]);
    expect(demo.output).not.toContain('\u001b');
    for (const word of ['carrier', 'gateway', 'placed', 'phone', 'webhook', 'stream']) {
      expect(demo.output).toMatch(new RegExp(`^ *\\d+\\.\\d\\d s {2}${word} `, 'm'));
    }
    expect(demo.output.match(/^ {2}ok /gm)?.length).toBeGreaterThanOrEqual(5);
    expect(demo.output).not.toContain('FAIL');
    const wav = await readFile(join(demo.cwd, 'demo-call.wav'));
    expect(wav.subarray(0, 4).toString()).toBe('RIFF');
    // Four seconds of talk, 8,000 samples a second.
    expect(wav.length).toBeGreaterThan(3 * 8_000);
    expect(await readdir(demo.cwd)).toEqual(['demo-call.wav']);
    expect(await readdir(demo.temp)).toEqual([]);
    expect(await isSilent(demo)).toBe(true);
  });

  (LONG ? it : it.skip).each(['plivo', 'vobiz'])(
    'makes one call beside the simulator of %s',
    async (carrier) => {
      const demo = await start('--carrier', carrier);
      expect([await demo.exited, demo.output]).toEqual([0, expect.any(String)]);
      expect(demo.output.match(/ok .*$/gm)).toHaveLength(5);
      expect(await readdir(demo.cwd)).toEqual(['demo-call.wav']);
      expect(await readdir(demo.temp)).toEqual([]);
    },
  );

  it('with --stay it goes on, another call can be placed as it says, and Ctrl-C ends it', async () => {
    const demo = staying;
    await says(demo, 'Ctrl-C');
    const [url] = /http:\S+\/api\/v1\/telephony\/calls/.exec(demo.output) ?? [''];
    const [, key = ''] = /Bearer ([\w-]+)/.exec(demo.output) ?? [];
    const [, body = ''] = /-d '(.+)'/.exec(demo.output) ?? [];
    const reply = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body,
    });
    expect(reply.status).toBe(201);
    demo.child.kill('SIGINT');
    // The same Ctrl-C once more, as npm hands it on.
    demo.child.kill('SIGINT');
    expect(await demo.exited).toBe(130);
    expect(demo.output).toContain('Ending: ');
    // The store is gone; what was heard is where it was said to be.
    const [, heard = ''] = /heard: (\S+) \(.* cannot be written to/.exec(demo.output) ?? [];
    expect((await readFile(heard)).subarray(0, 4).toString()).toBe('RIFF');
    expect(await readdir(demo.temp)).toEqual([basename(dirname(heard))]);
    expect(await isSilent(demo)).toBe(true);
  });

  it.each([
    ['as it starts', 'SIGINT', 'one phone call'],
    ['while it dials', 'SIGTERM', 'placed'],
    ['while they talk', 'SIGINT', 'audio flows'],
  ] as const)('interrupted %s it leaves nothing behind', async (_when, signal, line) => {
    const demo = await start();
    await says(demo, line);
    demo.child.kill(signal);
    expect(await demo.exited).toBe(130);
    expect(demo.output).not.toContain('FAIL');
    expect(await readdir(demo.temp)).toEqual([]);
    expect(await readdir(demo.cwd)).toEqual([]);
    expect(await isSilent(demo)).toBe(true);
  });
});
