import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { LONG } from '../../test/support/patience.js';
import { pcmSamples } from '../audio/pcm.js';
import { wavOf } from '../audio/wav.js';
import { AgentSettings } from './agents.variables.js';
import { AnnounceAgent } from './announce/announce.agent.js';
import { EchoAgent } from './echo/echo.agent.js';
import { MenuAgent } from './menu/menu.agent.js';
import { Sounds } from './sounds.js';
import { agentAcceptance } from './test-kit/agent-acceptance.js';
import { ScriptedCaller } from './test-kit/scripted-caller.js';
import { ToneAgent } from './tone/tone.agent.js';

/** How often each agent's call is moved; how often anybody's agent is by default is what the long form tries. */
const MOVES = LONG ? {} : { moves: 40 };

let directory = '';
let kept: Sounds | null = null;
/** One for all, so that each sound is read once. */
const sounds = () =>
  (kept ??= new Sounds(new AgentSettings({ mediaDir: directory }), {
    findForCall: () => Promise.resolve(null),
    read: () => Promise.resolve(null),
  }));

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'patchbay-sounds-'));
  await writeFile(join(directory, 'hello.wav'), noise(1_000));
  await writeFile(join(directory, 'hours.wav'), noise(700));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A sound in which no stretch is like another. */
function noise(ms: number): Buffer {
  return wavOf(pcmSamples(randomBytes(ms * 16)));
}

describe('echo', () => {
  agentAcceptance({ create: () => new EchoAgent(), options: {}, badOptions: [] });
});

describe('tone', () => {
  agentAcceptance({
    create: () => new ToneAgent(),
    options: { frequency_hz: 440, level_db: -20, seconds: 1 },
    badOptions: [{ frequency_hz: 0 }, { level_db: 0 }, { seconds: -1 }],
    resumption: { ...MOVES, script: (caller) => caller.hearOut() },
  });
});

describe('announce', () => {
  agentAcceptance({
    create: () => new AnnounceAgent(sounds()),
    options: { sound: 'hello.wav', repeat: 3 },
    resumption: { ...MOVES, script: (caller) => caller.hearOut() },
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
  beforeAll(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  });
  afterAll(() => {
    jest.useRealTimers();
  });

  agentAcceptance({
    create: () => new MenuAgent(sounds()),
    options: {
      start: 'main',
      steps: {
        main: {
          prompt: ['hello.wav', 'hours.wav'],
          keys: { 1: 'hours' },
          timeout_seconds: 1,
          facts: { reached: 'main' },
        },
        hours: { prompt: ['hours.wav'], next: 'bye', facts: { topic: 'hours' } },
        bye: { prompt: ['hello.wav'] },
      },
    },
    resumption: {
      ...MOVES,
      onTick: (ms) => {
        jest.advanceTimersByTime(ms);
      },
      script: async (caller) => {
        await caller.hearOut();
        await caller.listen(1_040);
        await caller.hearOut();
        await caller.listen(400);
        await caller.press('1');
        await caller.hearOut();
      },
    },
    badOptions: [
      { start: 'main', steps: {} },
      { start: 'other', steps: { main: {} } },
      { start: 'main', steps: { main: { keys: { 1: 'nowhere' } } } },
      { start: 'main', steps: { main: { keys: { one: 'main' } } } },
      { start: 'main', steps: { main: { prompt: ['missing.wav'] } } },
    ],
  });
});
