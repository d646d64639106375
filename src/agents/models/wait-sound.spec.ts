import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Agent, type AgentCall, type AgentSession, type Interruption } from '../agent.js';
import { ScriptedCaller } from '../test-kit/scripted-caller.js';
import { WaitSound } from './wait-sound.js';

const SOUND = Buffer.alloc(500 * 8, 9);
const ANSWER = 3;

/** It waits while the test says so. */
class WaitingAgent extends Agent {
  readonly name = 'waiting';
  readonly description = 'Waits.';
  readonly optionsSchema = {};
  isWaiting = true;
  load: () => Promise<Buffer> = () => Promise.resolve(SOUND);
  readonly heard: number[] = [];
  readonly interruptions: boolean[] = [];
  call: AgentCall | null = null;
  wait: WaitSound | null = null;

  answer(call: AgentCall): AgentSession {
    this.call = call;
    const wait = new WaitSound({
      call,
      load: () => this.load(),
      isWaiting: () => this.isWaiting,
      onHeard: (heardMs, lengthMs) => this.heard.push(heardMs, lengthMs),
    });
    this.wait = wait;
    wait.look();
    return {
      onAudio: () => undefined,
      onInterrupted: (interruption: Interruption) => {
        this.interruptions.push(wait.says(interruption));
      },
      onEnd: () => wait.stop(),
    };
  }

  say(ms: number): void {
    this.wait?.stop();
    const utterance = this.call?.speak();
    utterance?.write(Buffer.alloc(ms * 8, ANSWER));
    utterance?.end();
  }
}

describe('the sound while a caller waits', () => {
  let agent: WaitingAgent;
  let caller: ScriptedCaller;

  beforeEach(async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    agent = new WaitingAgent();
    caller = new ScriptedCaller(agent, { onTick: (ms) => jest.advanceTimersByTime(ms) });
    await caller.connect();
  });
  afterEach(async () => {
    await caller.hangUp();
    jest.useRealTimers();
  });

  const heard = (value: number): number =>
    Buffer.concat(caller.heard).filter((byte) => byte === value).length / 8;

  it('is heard after three seconds, and again six seconds after its end', async () => {
    const begins: number[] = [];
    for (let before = 0; caller.elapsedMs < 24_000; before = heard(9)) {
      await caller.listen(100);
      if (heard(9) > before && before % 500 === 0) begins.push(caller.elapsedMs / 1_000);
    }
    const at = [3, 9.5, 16, 22.5];
    expect(begins).toEqual(at.map((seconds) => expect.closeTo(seconds + 0.1, 0)));
    expect(agent.heard).toEqual([500, 500, 500, 500, 500, 500, 500, 500]);
  });

  it('is not heard by who is answered sooner', async () => {
    await caller.listen(2_900);
    agent.isWaiting = false;
    agent.say(200);
    agent.wait?.look();
    await caller.listen(20_000);
    expect([heard(9), heard(ANSWER)]).toEqual([0, 200]);
  });

  it('gives way to the answer at a boundary of frames, and all of the answer is heard', async () => {
    await caller.listen(3_200);
    agent.isWaiting = false;
    agent.say(400);
    await caller.hearOut();
    expect(heard(9)).toBeGreaterThan(0);
    expect(heard(9)).toBeLessThan(500);
    expect(heard(9) % 20).toBe(0);
    expect(heard(ANSWER)).toBe(400);
    const all = Buffer.concat(caller.heard);
    expect(all.lastIndexOf(9)).toBeLessThan(all.indexOf(ANSWER));
    expect(agent.heard).toEqual([heard(9), 500]);
  });

  it('waits until what the agent says was heard', async () => {
    agent.say(4_000);
    agent.wait?.look();
    await caller.listen(6_900);
    expect(heard(9)).toBe(0);
    await caller.listen(800);
    expect(heard(9)).toBe(500);
  });

  it('is interrupted as speech is, and comes again only when something has happened', async () => {
    await caller.listen(3_200);
    await caller.bargeIn();
    expect(agent.interruptions).toEqual([true]);
    const before = heard(9);
    await caller.listen(20_000);
    expect(heard(9)).toBe(before);
    agent.wait?.look();
    await caller.listen(3_600);
    expect(heard(9)).toBe(before + 500);
  });

  it('that cannot be read is told once, and the caller waits in silence', async () => {
    agent.load = () => Promise.reject(new Error('there is no sound "gone.wav"'));
    await caller.listen(20_000);
    agent.wait?.look();
    await caller.listen(20_000);
    expect(caller.notes).toEqual([
      { what: 'wait_sound_failed', detail: { reason: 'there is no sound "gone.wav"' } },
    ]);
    expect([heard(9), caller.ended]).toEqual([0, null]);
  });
});
