import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeMulaw } from '../../src/audio/mulaw.js';
import { mulawToWav } from '../../tools/carrier/media/wav.js';

/** `npm test` builds them. */
const TALK = resolve('dist/tools/talk/main.js');
const NEW_AGENT = resolve('dist/tools/new-agent/main.js');

interface Ended {
  code: number;
  output: string;
}

describe('the minute of somebody who writes an agent', () => {
  let folder: string;
  beforeAll(async () => {
    // Inside the package, as its own `agents` is: so its tests find `patchbay/agent`.
    await mkdir('coverage', { recursive: true });
    folder = await mkdtemp(resolve('coverage', 'new-agent-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const run = async (args: string[], env: Record<string, string> = {}): Promise<Ended> => {
    const child = spawn(process.execPath, args, {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr.on('data', (data: Buffer) => (output += data.toString()));
    const [code] = (await once(child, 'close')) as [number];
    return { code, output };
  };
  const talk = (args: string[]): Promise<Ended> =>
    run([TALK, ...args], { AGENTS_DIR: folder, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/x' });

  it('begins with three files, of which none is overwritten', async () => {
    const made = await run([NEW_AGENT, 'front-desk', '--dir', '.']);
    expect([made.code, made.output]).toEqual([0, expect.stringContaining('Written:')]);
    expect((await readdir(folder)).sort()).toEqual([
      'front-desk.agent.js',
      'front-desk.agent.test.js',
      'front-desk.workflow.json',
    ]);
    const again = await run([NEW_AGENT, 'front-desk', '--dir', '.']);
    expect([again.code, again.output]).toEqual([2, expect.stringContaining('is there already')]);
  });

  it('has a test that passes', async () => {
    const tested = await run(['--test', 'front-desk.agent.test.js']);
    expect([tested.code, tested.output]).toEqual([0, expect.stringContaining('greets')]);
  });

  it('is called by a scripted caller, and what was expected is told with a WAV and a timeline', async () => {
    const sine = (hz: number): Int16Array =>
      Int16Array.from(
        { length: 2_880 },
        (_, index) => 8_000 * Math.sin((2 * Math.PI * hz * index) / 8_000),
      );
    await writeFile(join(folder, 'greeting.wav'), mulawToWav(encodeMulaw(sine(440))));
    const args = ['front-desk.workflow.json', '--keys', '12#', '--pause-ms', '400'];
    const right = ['--expect-fact', 'keys=2', '--expect-end', 'agent_hangup'];
    const met = await talk([...args, ...right, '--expect-sound', 'greeting.wav']);
    expect([met.code, met.output]).toEqual([0, expect.stringMatching(/ ok {3}fact keys: 2/)]);
    expect(met.output).toMatch(/^ +\d+\.\d{3} s {2}answered /m);
    expect(met.output).toMatch(/heard greeting\.wav: 100 %/);
    const wav = await readFile(join(folder, 'talk.wav'));
    expect(wav.subarray(0, 4).toString()).toBe('RIFF');
    const call = JSON.parse(await readFile(join(folder, 'talk.json'), 'utf8')) as object;
    expect(call).toMatchObject({ end_reason: 'agent_hangup', simulated: true });
  });
});
