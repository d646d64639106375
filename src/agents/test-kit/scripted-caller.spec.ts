import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import type { AgentCall, AgentSession } from '../agent.js';
import { ScriptedAgent } from './scripted-agent.js';
import { ScriptedCaller } from './scripted-caller.js';

/** A caller who is connected, and the agent's side of the call. */
async function connected() {
  const calls: AgentCall[] = [];
  const agent = new ScriptedAgent('scripted', (call) => {
    calls.push(call);
    return { onAudio: () => undefined };
  });
  const caller = new ScriptedCaller(agent);
  await caller.connect();
  return { caller, call: calls[0] as AgentCall };
}

describe('a scripted caller is as strict as a real call', () => {
  it('with an agent that writes more than ten minutes ahead', async () => {
    const { caller, call } = await connected();
    call.speak().write(Buffer.alloc(600_000 * 8));
    expect(caller.ended).toBeNull();
    call.sendAudio(Buffer.alloc(1));
    expect(caller.ended).toBe('failed');
  });

  it('with one that sets more marks than a call can hold', async () => {
    const { caller, call } = await connected();
    call.sendAudio(Buffer.alloc(160));
    for (let n = 0; n < 32_768; n += 1) call.mark('again');
    expect(caller.ended).toBeNull();
    call.mark('again');
    expect(caller.ended).toBe('failed');
  });

  it('with facts that are more than a call can hold, or not JSON', async () => {
    const { caller, call } = await connected();
    expect(() => call.setFacts({ more: 'x'.repeat(17_000) })).toThrow('16384');
    expect(() => call.setFacts({ big: 1n })).toThrow('BigInt');
    call.setFacts({ at: new Date(0) });
    expect(caller.facts).toEqual({ at: '1970-01-01T00:00:00.000Z' });
  });

  it.each([
    ['never answers', 'in time', () => new Promise<AgentSession>(() => undefined)],
    ['finishes nothing', 'stalls', () => ({ onAudio: () => new Promise<void>(() => undefined) })],
  ])('with one that %s', async (_, why, answer) => {
    const doNotFake = ['setImmediate', 'nextTick', 'queueMicrotask'] as const;
    jest.useFakeTimers({ doNotFake: [...doNotFake] });
    try {
      const caller = new ScriptedCaller(new ScriptedAgent('stalls', answer));
      void caller.connect().then(() => caller.listen(20));
      while (caller.ended === null) {
        await jest.advanceTimersByTimeAsync(1_000);
        await turnOfTheLoop();
      }
      expect([caller.ended, String(caller.failure)]).toEqual([
        'failed',
        expect.stringContaining(why),
      ]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('with one that speaks after the end: it does not wait forever to be heard', async () => {
    const { caller, call } = await connected();
    await caller.hangUp();
    const late = call.speak();
    late.write(Buffer.alloc(160));
    late.end();
    expect(await late.finished).toBe('interrupted');
  });
});

describe('a scripted caller’s turns', () => {
  const told: string[] = [];
  const create = (): ScriptedAgent =>
    new ScriptedAgent(
      'turns',
      (call) => {
        if (!call.resumed) call.sendAudio(Buffer.alloc(8 * 400, 1));
        return {
          onAudio: () => undefined,
          onInterrupted: () => void told.push('interrupted'),
          onTurnStarted: ({ audioMs }) => void told.push(`started ${audioMs}`),
          onTurnEnded: ({ audioMs, silenceMs }) => void told.push(`ended ${audioMs} ${silenceMs}`),
        };
      },
      'mulaw_8000',
      true,
    );

  it('begin with sound, over the agent too, and end with silence; a move leaves them open', async () => {
    const caller = new ScriptedCaller(create(), { turnSilenceMs: 400 });
    await caller.connect();
    await caller.listen(100);
    await caller.bargeIn();
    await caller.say(200);
    await caller.listen(600);
    expect(told.splice(0)).toEqual(['interrupted', 'started 0', 'ended 600 400']);
    await caller.say(300);
    await caller.move({ to: create() });
    await caller.listen(600);
    expect(told.splice(0)).toEqual(['started 220', 'started 0', 'ended 400 400']);
    await caller.hangUp();
  });
});
