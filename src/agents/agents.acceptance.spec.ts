import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { wavHeader } from '../audio/wav.js';
import { AgentSettings } from './agents.variables.js';
import { AnnounceAgent } from './announce/announce.agent.js';
import { EchoAgent } from './echo/echo.agent.js';
import { MenuAgent } from './menu/menu.agent.js';
import { Sounds } from './sounds.js';
import { agentAcceptance } from './test-kit/agent-acceptance.js';
import { ScriptedCaller } from './test-kit/scripted-caller.js';
import { ToneAgent } from './tone/tone.agent.js';

let directory = '';
const sounds = () => new Sounds(new AgentSettings({ mediaDir: directory }));

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'patchbay-sounds-'));
  const second = Buffer.alloc(16_000);
  await writeFile(
    join(directory, 'hello.wav'),
    Buffer.concat([
      wavHeader({ sampleRate: 8_000, channels: 1, dataBytes: second.length }),
      second,
    ]),
  );
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe('echo', () => {
  agentAcceptance({ create: () => new EchoAgent(), options: {}, badOptions: [] });
});

describe('tone', () => {
  agentAcceptance({
    create: () => new ToneAgent(),
    options: { frequency_hz: 440, level_db: -20 },
    badOptions: [{ frequency_hz: 0 }, { level_db: 0 }, { seconds: -1 }],
  });
});

describe('announce', () => {
  agentAcceptance({
    create: () => new AnnounceAgent(sounds()),
    options: { sound: 'hello.wav', repeat: 5 },
    badOptions: [{}, { sound: 'missing.wav' }, { sound: '../hello.wav' }, { sound: '/etc/passwd' }],
  });
});

describe('an announcement', () => {
  it.each([
    [true, 'agent'],
    [false, null],
  ])('ends when the caller talks over it; hang_up %s: ended by %s', async (hangsUp, ended) => {
    const options = { sound: 'hello.wav', repeat: 5, hang_up: hangsUp };
    const caller = new ScriptedCaller(new AnnounceAgent(sounds()), { options });
    await caller.connect();
    await caller.listen(300);
    await caller.bargeIn();
    await caller.listen(2_000);
    expect(caller.ended).toBe(ended);
    expect(Buffer.concat(caller.heard)).toHaveLength(300 * 8);
    await caller.hangUp();
    expect(caller.afterEnd).toEqual([]);
  });
});

describe('menu', () => {
  agentAcceptance({
    create: () => new MenuAgent(sounds()),
    options: { start: 'main', steps: { main: { prompt: ['hello.wav'], keys: { 1: 'main' } } } },
    badOptions: [
      { start: 'main', steps: {} },
      { start: 'other', steps: { main: {} } },
      { start: 'main', steps: { main: { keys: { 1: 'nowhere' } } } },
      { start: 'main', steps: { main: { keys: { one: 'main' } } } },
      { start: 'main', steps: { main: { prompt: ['missing.wav'] } } },
    ],
  });
});
