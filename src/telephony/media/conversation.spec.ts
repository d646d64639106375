import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import type {
  AgentCall,
  AgentSession,
  Interruption,
  Resumed,
  TransferFailed,
} from '../../agents/agent.js';
import { ScriptedAgent } from '../../agents/test-kit/scripted-agent.js';
import { HANDOVER_VERSION, type Arrival, type Handover } from '../../calls/streams/handover.js';
import { LONG } from '../../../test/support/patience.js';
import { Conversation, type ConversationTransfers } from './conversation.js';
import { Playout } from './playout.js';
import { TimerWheel } from './timer-wheel.js';

class ResumingAgent extends ScriptedAgent {
  override readonly resumes = true;
}

/** The handset at the other end: it plays what it was sent, on a virtual clock, and returns marks. */
class Handset {
  readonly heard: Buffer[] = [];
  private queue: Array<Buffer | string> = [];
  readonly playout: Playout;

  constructor() {
    this.playout = new Playout({
      line: {
        audio: (frame) => this.queue.push(Buffer.from(frame)) > 0,
        mark: (name) => this.queue.push(name) > 0,
        clear: () => (this.queue = []),
      },
      wheel: new TimerWheel(),
      onFlood: () => {
        throw new Error('flooded');
      },
    });
  }

  /** A millisecond at a time. */
  async play(ms: number): Promise<void> {
    for (let at = 0; at < ms; at += 1) {
      jest.advanceTimersByTime(1);
      let room = 8;
      for (;;) {
        const next = this.queue[0];
        if (typeof next === 'string') {
          this.queue.shift();
          this.playout.markReturned(next);
        } else if (next && room > 0) {
          const piece = next.subarray(0, room);
          this.heard.push(piece);
          room -= piece.length;
          if (piece.length === next.length) this.queue.shift();
          else this.queue[0] = next.subarray(piece.length);
        } else break;
      }
      if (at % 20 === 0) await Promise.resolve();
    }
  }

  get all(): Buffer {
    return Buffer.concat(this.heard);
  }
}

/** Nobody sends any here. */
const NO_DIGITS = {
  digits: { by: 'none', ask: () => Promise.resolve(false) },
  onDigits: () => undefined,
} as const;

interface Stage {
  handset: Handset;
  conversation: Conversation;
  call: AgentCall;
  checkpoints: Handover[];
  told: string[];
}

describe('a conversation that goes on elsewhere', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const begin = async (
    arrival: Arrival | null = null,
    session: Partial<AgentSession> = { snapshot: () => ({ at: 1 }) },
    answer: (call: AgentCall) => void | Promise<void> = () => undefined,
    Kind: typeof ScriptedAgent = ResumingAgent,
    transfers?: ConversationTransfers,
  ): Promise<Stage> => {
    const handset = new Handset();
    const checkpoints: Handover[] = [];
    const told: string[] = [];
    let made!: AgentCall;
    const agent = new Kind('resuming', async (call) => {
      made = call;
      await answer(call);
      return { onAudio: () => void told.push('audio'), ...session };
    });
    const conversation = new Conversation({
      simulated: false,
      agent,
      facts: {} as AgentCall['facts'],
      options: {},
      playout: handset.playout,
      stored: {},
      arrival,
      hangUp: () => void told.push('hangUp'),
      onFailure: (error) => void told.push(`failed ${String(error)}`),
      onFacts: (facts) => void told.push(`facts ${JSON.stringify(facts)}`),
      onEndFailure: () => undefined,
      onCheckpoint: (handover) => void checkpoints.push(handover),
      turnIsOpen: () => false,
      onNoSnapshot: (reason) => void told.push(`no snapshot: ${reason}`),
      ...NO_DIGITS,
      ...(transfers ? { transfers } : {}),
    });
    await conversation.begin();
    return { handset, conversation, call: made, checkpoints, told };
  };
  const arrivalOf = (handover: Handover | null): Arrival => ({
    handover,
    reason: 'moved',
    gapMs: 120,
  });
  /** Audio in which each stretch is like no other: its own position, in two bytes. */
  const speech = (ms: number, from = 0): Buffer => {
    const audio = Buffer.alloc(ms * 8);
    for (let at = 0; at < audio.length; at += 2)
      audio.writeUInt16BE((from * 4 + at / 2) & 0xffff, at);
    return audio;
  };
  const say = (call: AgentCall, audio: Buffer) => {
    const utterance = call.speak();
    utterance.write(audio);
    utterance.end();
    return utterance;
  };

  it('the caller hears all that was said once, and no more than 200 ms of it twice, whenever it is moved', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 2_500 }),
        fc.option(fc.integer({ min: 1, max: 300 }), { nil: null }),
        async (lengths, playedMs, thenMs) => {
          const all = speech(lengths.reduce((sum, ms) => sum + ms, 0));
          const first = await begin();
          let at = 0;
          for (const ms of lengths) {
            say(first.call, all.subarray(at, at + ms * 8));
            at += ms * 8;
          }
          await first.handset.play(playedMs);
          const handsets = [first.handset];
          let handover = first.conversation.handOver();
          first.conversation.end();
          // Perhaps it is moved once more, before the rest is heard.
          const restMs = all.length / 8 + 600;
          for (const ms of thenMs === null ? [restMs] : [thenMs, restMs]) {
            const { handset, conversation } = await begin(arrivalOf(handover));
            handsets.push(handset);
            await handset.play(ms);
            handover = conversation.handOver();
            conversation.end();
          }
          expect(handover.tail).toBeNull();
          let heard = Buffer.alloc(0);
          for (const { all: part } of handsets) {
            // Each stretch goes on where the one before ended, or up to 200 ms earlier.
            const again = [...Array(1_601).keys()].find((bytes) => {
              const from = heard.length - bytes;
              return from >= 0 && all.subarray(from, from + part.length).equals(part);
            });
            expect(again).toBeDefined();
            heard = Buffer.concat([heard.subarray(0, heard.length - (again ?? 0)), part]);
          }
          expect(heard.equals(all)).toBe(true);
        },
      ),
      { numRuns: LONG ? 1_000 : 40 },
    );
  });

  it('hands over where the caller is: what was heard, and what was not', async () => {
    const { handset, conversation, call } = await begin();
    say(call, speech(300));
    say(call, speech(1_000, 300));
    await handset.play(900);
    const handover = conversation.handOver();
    expect(handover).toMatchObject({
      agent: 'resuming',
      version: 1,
      state: { at: 1 },
      utterances: 2,
    });
    expect(Math.abs(handover.heardMs - 600)).toBeLessThanOrEqual(2);
    expect(handover.heardMs + handover.tailMs).toBe(1_000);
    expect(handover.tail?.length).toBe((200 + handover.tailMs) * 8);
    // No more is heard.
    const heard = handset.all.length;
    await handset.play(500);
    expect(handset.all.length).toBe(heard);
  });

  it('hands over at most ten seconds, and nothing of what was heard to its end', async () => {
    const long = await begin();
    say(long.call, speech(20_000));
    await long.handset.play(1_000);
    const { heardMs, tailMs, tail } = long.conversation.handOver();
    expect([tailMs, tail?.length]).toEqual([10_000, 10_200 * 8]);
    expect(tail?.equals(speech(20_000).subarray((heardMs - 200) * 8, (heardMs + 10_000) * 8))).toBe(
      true,
    );
    const heard = await begin();
    say(heard.call, speech(500));
    await heard.handset.play(700);
    const nothing = { tail: null, heardMs: 0, tailMs: 0, utterances: 1 };
    expect(heard.conversation.handOver()).toMatchObject(nothing);
  });

  const left = (ms = 500): Handover => ({
    agent: 'resuming',
    version: HANDOVER_VERSION,
    state: { at: 7 },
    tail: speech(200 + ms),
    utterances: 3,
    heardMs: 400,
    tailMs: ms,
  });

  it('says the rest before anything new, as the utterance that it is of', async () => {
    const interruptions: Interruption[] = [];
    const { handset, conversation, call } = await begin(
      arrivalOf(left()),
      { onInterrupted: (interruption) => void interruptions.push(interruption) },
      (answering) => void say(answering, speech(100, 5_000)),
    );
    expect(call.resumed).toEqual({
      state: { at: 7 },
      reason: 'moved',
      gapMs: 120,
      interrupted: { heardMs: 400, tailMs: 500, dropTail: expect.any(Function) as unknown },
    });
    await handset.play(300);
    conversation.bargeIn();
    await handset.play(300);
    expect(speech(700).subarray(0, handset.all.length).equals(handset.all)).toBe(true);
    expect(interruptions.map(({ utterance }) => utterance.id)).toEqual([3]);
    expect(Math.abs((interruptions[0]?.heardMs ?? 0) - 500)).toBeLessThanOrEqual(2);
  });

  it('says new things after the rest, numbered on', async () => {
    let id = 0;
    const { handset } = await begin(arrivalOf(left()), {}, (call) => {
      ({ id } = say(call, speech(100, 5_000)));
    });
    await handset.play(1_200);
    expect(id).toBe(4);
    expect(handset.all.equals(Buffer.concat([speech(700), speech(100, 5_000)]))).toBe(true);
  });

  it('begins with the rest while the agent is still busy with its answer', async () => {
    let ready!: () => void;
    const busy = new Promise<void>((resolve) => (ready = resolve));
    const beginning = begin(arrivalOf(left()), {}, () => busy);
    await Promise.resolve();
    jest.advanceTimersByTime(500);
    ready();
    const { handset } = await beginning;
    expect(handset.playout.framesOut).toBeGreaterThan(20);
  });

  it.each([
    ['at once', (resumed: Resumed) => resumed.interrupted?.dropTail(), 0],
    [
      'after a while',
      async (resumed: Resumed) => {
        await new Promise((next) => setTimeout(next, 200));
        resumed.interrupted?.dropTail();
      },
      200,
    ],
  ])('leaves the rest unsaid if the agent says so %s', async (_, drop, heardMs) => {
    const beginning = begin(arrivalOf(left()), {}, (call) => drop(call.resumed as Resumed));
    await Promise.resolve();
    jest.advanceTimersByTime(200);
    const { handset } = await beginning;
    await handset.play(1_000);
    expect(handset.all.length).toBe(0);
    expect(handset.playout.framesOut * 20).toBeLessThanOrEqual(heardMs + 180);
  });

  it('does not lose a rest that the agent drops, to say it itself, when it is moved before it has answered', async () => {
    const handover = left();
    const conversation = new Conversation({
      simulated: false,
      agent: new ResumingAgent('resuming', (call) => {
        call.resumed?.interrupted?.dropTail();
        return new Promise(() => undefined);
      }),
      facts: {} as AgentCall['facts'],
      options: {},
      playout: new Handset().playout,
      stored: {},
      arrival: arrivalOf(handover),
      hangUp: () => undefined,
      onFailure: () => undefined,
      onFacts: () => undefined,
      onEndFailure: () => undefined,
      onCheckpoint: null,
      turnIsOpen: () => false,
      onNoSnapshot: () => undefined,
      ...NO_DIGITS,
    });
    void conversation.begin();
    await Promise.resolve();
    expect(conversation.handOver()).toEqual(handover);
    conversation.end();
  });

  it.each([
    ['of another form', { version: 2 }],
    ['of another agent', { agent: 'other' }],
  ])('begins anew with what is %s', async (_, other) => {
    const { call, handset } = await begin(arrivalOf({ ...left(), ...other }));
    expect(call.resumed).toMatchObject({ state: null, interrupted: null, reason: 'moved' });
    await handset.play(500);
    expect(handset.all.length).toBe(0);
  });

  it('is a new stream for an agent that does not resume, which hands nothing over', async () => {
    const { call, conversation, handset } = await begin(
      arrivalOf(left()),
      {},
      undefined,
      ScriptedAgent,
    );
    expect(call.resumed).toBeNull();
    say(call, speech(500));
    await handset.play(200);
    expect(conversation.handOver()).toMatchObject({ state: null, tail: null, tailMs: 0 });
    expect((await begin()).call.resumed).toBeNull();
  });

  it.each([
    ['throws', 'threw', () => null],
    ['is a promise', 'no-json', () => Promise.resolve({})],
    ['is no JSON', 'no-json', () => ({ big: 1n })],
    ['is a circle', 'no-json', circle],
    ['is too large', 'too-large', () => 'x'.repeat(32 * 1024)],
  ])('begins anew elsewhere when the snapshot %s, and fails nothing', async (_, why, snapshot) => {
    const thrown = (): never => {
      throw new Error('secret words');
    };
    const { conversation, told, call, handset } = await begin(null, {
      snapshot: why === 'threw' ? thrown : snapshot,
    });
    say(call, speech(500));
    await handset.play(100);
    expect(conversation.handOver()).toMatchObject({ state: null });
    expect(told).toEqual([`no snapshot: ${why}`]);
  });

  it('is frozen once it is handed over: nothing reaches the agent, and what it does changes nothing', async () => {
    const { conversation, call, told } = await begin();
    conversation.handOver();
    conversation.onAudio(Buffer.alloc(160), 20);
    conversation.onDtmf('1');
    call.hangUp();
    call.fail(new Error('late'));
    call.setFacts({ late: true });
    conversation.end();
    expect(told).toEqual([]);
    expect(call.signal.reason).toBe('moved');
  });

  it('goes on here if it was not moved after all, with all that was said and done meanwhile', async () => {
    const { conversation, call, told, handset } = await begin();
    const utterance = say(call, speech(500));
    await handset.play(100);
    conversation.handOver();
    say(call, speech(100, 500));
    call.setFacts({ late: true });
    expect(call.interrupt()).toBeNull();
    conversation.onAudio(Buffer.alloc(160), 20);
    await handset.play(300);
    expect(told).toEqual([]);
    conversation.goOn();
    conversation.onAudio(Buffer.alloc(160), 40);
    await handset.play(800);
    expect(await utterance.finished).toBe('played');
    expect(handset.all.equals(speech(600))).toBe(true);
    expect(told).toEqual(['facts {"late":true}', 'audio', 'audio']);
    conversation.end();
    expect(call.signal.reason).not.toBe('moved');
  });

  it('goes on here with an agent that had not answered when it was to be moved', async () => {
    let answer = (): void => undefined;
    const handset = new Handset();
    const heard: number[] = [];
    const conversation = new Conversation({
      simulated: false,
      agent: new ResumingAgent('resuming', async () => {
        await new Promise<void>((resolve) => (answer = resolve));
        return { onAudio: (_audio, at) => void heard.push(at) };
      }),
      facts: {} as AgentCall['facts'],
      options: {},
      playout: handset.playout,
      stored: {},
      arrival: null,
      hangUp: () => undefined,
      onFailure: () => undefined,
      onFacts: () => undefined,
      onEndFailure: () => undefined,
      onCheckpoint: null,
      turnIsOpen: () => false,
      onNoSnapshot: () => undefined,
      ...NO_DIGITS,
    });
    const begun = conversation.begin();
    conversation.handOver();
    answer();
    await begun;
    conversation.onAudio(Buffer.alloc(160), 20);
    conversation.goOn();
    conversation.onAudio(Buffer.alloc(160), 40);
    expect(heard).toEqual([20, 40]);
    conversation.end();
  });

  describe('and a person to whom it may be transferred', () => {
    const failed: TransferFailed[] = [];
    const session = { onTransferFailed: (why: TransferFailed) => void failed.push(why) };
    const asked: unknown[] = [];
    const transfers = (isBegun: boolean): ConversationTransfers => ({
      targets: ['Sales'],
      begin: (...wish) => {
        asked.push(wish);
        return Promise.resolve(isBegun);
      },
    });
    beforeEach(() => {
      failed.length = 0;
      asked.length = 0;
    });

    it.each([
      [true, []],
      [false, [{ target: 'Sales', reason: 'refused' }]],
    ])(
      'is asked for by name; where that has begun is %p the agent is told %j',
      async (isBegun, told) => {
        const { call } = await begin(null, session, undefined, undefined, transfers(isBegun));
        expect(call.transferTargets).toEqual(['Sales']);
        expect(() => call.transfer('+12025550143')).toThrow('transfer_targets');
        call.transfer('Sales', { announce: 'A caller.' });
        await new Promise(setImmediate);
        expect([asked, failed]).toEqual([[['Sales', 'A caller.']], told]);
      },
    );

    it('tells an agent to whom the caller comes back why, once, and before anything is heard', async () => {
      const arrival = {
        ...arrivalOf(null),
        failedTransfer: { target: null, reason: 'no_answer' as const },
      };
      const { conversation } = await begin(arrival, session);
      expect(failed).toEqual([{ target: null, reason: 'no_answer' }]);
      conversation.onAudio(Buffer.alloc(160), 20);
      await new Promise(setImmediate);
      expect(failed).toHaveLength(1);
    });

    it('asks for nothing while it is handed over, and for nobody where there is nobody', async () => {
      const { conversation, call } = await begin(
        null,
        session,
        undefined,
        undefined,
        transfers(true),
      );
      conversation.handOver();
      call.transfer('Sales');
      expect(asked).toEqual([]);
      conversation.goOn();
      expect(asked).toEqual([['Sales', null]]);
      const { call: other } = await begin();
      expect(other.transferTargets).toEqual([]);
      expect(() => other.transfer('Sales')).toThrow('transfer_targets');
    });
  });

  it('whose agent hung up meanwhile ends as soon as it is to go on', async () => {
    const { conversation, call, told } = await begin(null, {}, undefined);
    conversation.handOver();
    call.hangUp();
    call.setFacts({ late: true });
    expect(told).toEqual([]);
    conversation.goOn();
    expect(told).toEqual(['hangUp', 'facts {"late":true}']);
    conversation.end();
    // No more than once.
    conversation.goOn();
    expect(told).toHaveLength(2);
  });

  it('is stored after what was heard, at most every five seconds, and when the agent asks, at most every second', async () => {
    const { conversation, call, checkpoints, handset } = await begin();
    const pass = async (ms: number) => {
      for (let at = 0; at < ms; at += 500) {
        await handset.play(500);
        conversation.check(performance.now());
      }
    };
    await pass(1_000);
    expect(checkpoints).toHaveLength(0);
    for (let n = 0; n < 12; n += 1) {
      say(call, speech(400));
      await pass(500);
    }
    expect(checkpoints).toHaveLength(2);
    await pass(6_000);
    expect(checkpoints).toHaveLength(3);
    await pass(6_000);
    expect(checkpoints).toHaveLength(3);
    for (let n = 0; n < 5; n += 1) call.checkpoint();
    await Promise.resolve();
    expect(checkpoints).toHaveLength(4);
    call.checkpoint();
    await Promise.resolve();
    expect(checkpoints).toHaveLength(4);
    await pass(1_000);
    expect(checkpoints).toHaveLength(5);
  });

  it('stores what is not heard without touching it', async () => {
    const { call, checkpoints, handset } = await begin();
    say(call, speech(1_000));
    await handset.play(600);
    call.checkpoint();
    await Promise.resolve();
    const [stored] = checkpoints;
    expect((stored?.heardMs ?? 0) + (stored?.tailMs ?? 0)).toBe(1_000);
    expect(Math.abs((stored?.heardMs ?? 0) - 600)).toBeLessThanOrEqual(40);
    await handset.play(600);
    expect(handset.all.equals(speech(1_000))).toBe(true);
  });
});

function circle(): unknown {
  const self: { self?: unknown } = {};
  self.self = self;
  return self;
}
