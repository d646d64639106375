import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { whyNone } from './support/asterisk-bench.js';

/** `npm run test:asterisk` builds it. */
const PROGRAM = resolve('dist/tools/demo/main.js');

async function demo(args: string[], env: Record<string, string> = {}) {
  const cwd = await mkdtemp(join(tmpdir(), 'patchbay-demo-cwd-'));
  const temp = await mkdtemp(join(tmpdir(), 'patchbay-demo-tmp-'));
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: homedir(), TMPDIR: temp, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => (output += data.toString()));
  }
  const [code] = (await once(child, 'close')) as [number | null];
  const left = { here: await readdir(cwd), temporary: await readdir(temp) };
  await rm(cwd, { recursive: true });
  await rm(temp, { recursive: true });
  return { code, output, left };
}

const none = await whyNone();

(none === null ? describe : describe.skip)('npm run demo -- --carrier asterisk', () => {
  it('makes a call through a real Asterisk, keeps its sound, and leaves nothing else', async () => {
    const { code, output, left } = await demo(
      ['--carrier', 'asterisk'],
      process.env['ASTERISK_ROOT'] ? { ASTERISK_ROOT: process.env['ASTERISK_ROOT'] } : {},
    );
    expect(output).not.toContain('FAIL');
    expect(output.match(/ ok {3}/g)).toHaveLength(4);
    expect(code).toBe(0);
    expect(left).toEqual({ here: ['demo-call.wav'], temporary: [] });
  });

  it('says why where there can be none, with a code of its own', async () => {
    const nowhere = { ASTERISK_ROOT: '/nowhere', ASTERISK_DEBIAN_MIRROR: 'https://127.0.0.1:1/x' };
    const { code, output, left } = await demo(['--carrier', 'asterisk'], nowhere);
    expect(output).toContain('https://127.0.0.1:1/x');
    expect(code).toBe(75);
    expect(left).toEqual({ here: [], temporary: [] });
  });

  it('knows no other carriers', async () => {
    const { code, output } = await demo(['--carrier', 'another']);
    expect(output).toContain('simulated, asterisk');
    expect(code).toBe(2);
  });
});
