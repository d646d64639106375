import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AgentRegistry } from '../agent-registry.js';
import { AgentSettings } from '../agents.variables.js';
import { Sounds } from '../sounds.js';
import { WELCOME_OPTIONS } from '../../tenants/first-workflows.js';
import { ScriptedCaller } from '../test-kit/scripted-caller.js';
import { MenuAgent } from './menu.agent.js';

/** Sounds of one second each, distinguished by their bytes. */
const SOUNDS: Record<string, number> = { 'welcome.wav': 1, 'sales.wav': 2, 'bye.wav': 3 };

const sounds = {
  load: (name: string) => Promise.resolve(Buffer.alloc(8_000, SOUNDS[name])),
} as unknown as Sounds;

const OPTIONS = {
  start: 'main',
  steps: {
    main: {
      prompt: ['welcome.wav'],
      keys: { 1: 'sales', 9: 'main' },
      timeout_seconds: 2,
      attempts: 2,
      next: 'bye',
      facts: { reached: 'main' },
    },
    sales: { prompt: ['sales.wav'], next: 'bye', facts: { topic: 'sales' } },
    bye: { prompt: ['bye.wav'] },
  },
};

describe('a menu', () => {
  beforeEach(() => {
    jest.useFakeTimers({
      doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'],
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const call = async (options: Record<string, unknown> = OPTIONS): Promise<ScriptedCaller> => {
    const onTick = (ms: number): void => {
      jest.advanceTimersByTime(ms);
    };
    const caller = new ScriptedCaller(new MenuAgent(sounds), { options, onTick });
    await caller.connect();
    return caller;
  };
  /** Which sounds were heard, and for how many tenths of a second. */
  const heard = (caller: ScriptedCaller): string[] => {
    const names = Object.keys(SOUNDS);
    const parts: Array<[string, number]> = [];
    for (const byte of Buffer.concat(caller.heard)) {
      const name = names[byte - 1] ?? '?';
      const last = parts.at(-1);
      if (last?.[0] === name) last[1] += 1;
      else parts.push([name, 1]);
    }
    return parts.map(([name, count]) => `${name} ${Math.round(count / 800)}`);
  };

  it('plays its first prompt; a key cuts it off and leads on', async () => {
    const caller = await call();
    await caller.listen(500);
    await caller.press('1');
    await caller.listen(3_000);
    expect(heard(caller)).toEqual(['welcome.wav 5', 'sales.wav 10', 'bye.wav 10']);
    expect(caller.ended).toBe('agent');
    expect(caller.facts).toEqual({ reached: 'main', topic: 'sales', menu_step: 'bye' });
  });

  it('asks again when no key comes, and moves on after the last attempt', async () => {
    const caller = await call();
    await caller.listen(8_000);
    // Twice the prompt with two seconds of patience after each, then the last step.
    expect(heard(caller)).toEqual(['welcome.wav 20', 'bye.wav 10']);
    expect(caller.elapsedMs).toBeGreaterThan(6_900);
    expect(caller.elapsedMs).toBeLessThan(7_200);
    expect(caller.ended).toBe('agent');
  });

  it('counts a key that leads nowhere as an attempt', async () => {
    const caller = await call();
    await caller.press('55');
    await caller.listen(1_500);
    expect(heard(caller)).toEqual(['bye.wav 10']);
    expect(caller.ended).toBe('agent');
  });

  it('that leads back may continue without limit as long as keys come', async () => {
    const caller = await call();
    for (let n = 0; n < 150; n += 1) await caller.press('9');
    expect(caller.ended).toBeNull();
    await caller.hangUp();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('whose facts are more than a call can hold fails, even between keys', async () => {
    const caller = await call({
      start: 'main',
      steps: {
        main: { keys: {}, timeout_seconds: 1, attempts: 1, next: 'more' },
        more: {
          facts: Object.fromEntries(Array.from({ length: 40 }, (_, n) => [n, 'x'.repeat(500)])),
        },
      },
    });
    await caller.listen(2_000);
    expect(caller.ended).toBe('failed');
    expect(String(caller.failure)).toContain('may hold 16384 bytes');
  });

  describe('with a person', () => {
    const TRANSFER = {
      start: 'ask',
      steps: {
        ask: { keys: { 1: 'sales' } },
        sales: {
          prompt: ['sales.wav'],
          transfer: { target: 'Sales', announce: 'A caller.' },
          next: 'bye',
        },
        bye: { prompt: ['bye.wav'] },
      },
    };
    const callTo = async (...transferTargets: string[]): Promise<ScriptedCaller> => {
      const onTick = (ms: number): void => {
        jest.advanceTimersByTime(ms);
      };
      const script = { options: TRANSFER, transferTargets, onTick };
      const caller = new ScriptedCaller(new MenuAgent(sounds), script);
      await caller.connect();
      await caller.press('1');
      return caller;
    };

    it('connects the caller when the prompt was heard, and goes on if the person is not reached', async () => {
      const caller = await callTo('Sales');
      await caller.listen(500);
      expect(caller.transferred).toBeNull();
      await caller.listen(600);
      expect(caller.transferred).toEqual({ target: 'Sales', announce: 'A caller.' });
      expect(heard(caller)).toEqual(['sales.wav 10']);
      await caller.giveBack();
      await caller.listen(3_000);
      expect(heard(caller)).toEqual(['sales.wav 10', 'bye.wav 10']);
      expect([caller.ended, caller.transferred, caller.afterEnd]).toEqual(['agent', null, []]);
    });

    it('lets the person hear a sound first', async () => {
      const announce = { sound: 'a-caller.wav' };
      const sales = { transfer: { target: 'Sales', announce } };
      const options = { start: 'sales', steps: { sales } };
      const caller = new ScriptedCaller(new MenuAgent(sounds), {
        options,
        transferTargets: ['Sales'],
        onTick: (ms) => {
          jest.advanceTimersByTime(ms);
        },
      });
      await caller.connect();
      await caller.listen(100);
      expect(caller.transferred).toEqual({ target: 'Sales', announce });
    });

    it('goes on at once where the workflow has no such target', async () => {
      const caller = await callTo('Support');
      await caller.listen(3_000);
      expect([caller.transferred, caller.ended]).toEqual([null, 'agent']);
      expect(heard(caller)).toEqual(['sales.wav 10', 'bye.wav 10']);
    });

    it('is asked for again by another process, where the first died before that was written down', async () => {
      const caller = await callTo('Sales');
      await caller.listen(1_100);
      await caller.giveBackUntold();
      await caller.listen(1_100);
      expect(caller.transferred).toMatchObject({ target: 'Sales' });
    });
  });

  describe('with another workflow', () => {
    const PASSING = {
      start: 'ask',
      steps: {
        ask: { keys: { 1: 'sales' } },
        sales: { prompt: ['sales.wav'], workflow: 7, next: 'bye' },
        bye: { prompt: ['bye.wav'] },
      },
    };
    const callBeside = async (...workflows: number[]): Promise<ScriptedCaller> => {
      const onTick = (ms: number): void => {
        jest.advanceTimersByTime(ms);
      };
      const script = { options: PASSING, workflows, onTick };
      const caller = new ScriptedCaller(new MenuAgent(sounds), script);
      await caller.connect();
      await caller.press('1');
      return caller;
    };

    it('passes the call on when the prompt was heard, once', async () => {
      const caller = await callBeside(7);
      await caller.listen(500);
      expect(caller.passedOnTo).toBeNull();
      await caller.listen(3_000);
      expect([caller.passedOnTo, caller.ended, caller.afterEnd]).toEqual([7, null, []]);
      expect(heard(caller)).toEqual(['sales.wav 10']);
    });

    it('passes it on again in another process, where the first died before that was written down', async () => {
      const caller = await callBeside(7);
      await caller.listen(500);
      await caller.crash();
      await caller.listen(3_000);
      expect(caller.passedOnTo).toBe(7);
    });

    it('goes on at `next` where that workflow cannot take it', async () => {
      const caller = await callBeside(8);
      await caller.listen(3_000);
      expect([caller.passedOnTo, caller.ended]).toEqual([null, 'agent']);
      expect(heard(caller)).toEqual(['sales.wav 10', 'bye.wav 10']);
    });

    it('names the workflows it leads to, and takes no keys or transfer beside one', async () => {
      const agent = new MenuAgent({ problemsWith: () => Promise.resolve([]) } as unknown as Sounds);
      expect(agent.workflowsIn(PASSING)).toEqual([
        { option: 'steps.sales.workflow', workflowId: 7 },
      ]);
      const steps = { ask: { keys: { 1: 'ask' }, workflow: 7 } };
      expect(await agent.problemsWith({ start: 'ask', steps }, 1)).toEqual([
        'steps.ask has keys and a workflow, and can have but one of them',
      ]);
    });
  });

  it('Welcome, which every new store has, keeps to the rules of menus, and its sounds are there', async () => {
    const shipped = new Sounds(new AgentSettings({ mediaDir: '/no-such-directory' }), {
      findForCall: () => Promise.resolve(null),
      read: () => Promise.resolve(null),
    });
    const registry = new AgentRegistry([new MenuAgent(shipped)]);
    expect(await registry.problemsWith('menu', { ...WELCOME_OPTIONS }, 1)).toEqual([]);
    await expect(shipped.load('patchbay:no-such.wav', 1)).rejects.toThrow(
      'that come with Patchbay',
    );
    await expect(shipped.load('patchbay:../package.json', 1)).rejects.toThrow('not the name');
  });

  it('that goes in a circle by itself fails, and says where', async () => {
    const caller = await call({ start: 'a', steps: { a: { next: 'b' }, b: { next: 'a' } } });
    await caller.listen(20_000);
    expect(caller.ended).toBe('failed');
    expect(String(caller.failure)).toContain('circle');
  });
});
