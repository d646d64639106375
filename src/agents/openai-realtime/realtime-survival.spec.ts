import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { until } from '../../../test/support/patience.js';
import {
  REALTIME_KEY,
  RealtimeServer,
  type RealtimePeer,
} from '../../../test/support/realtime-server.js';
import { SilentLog } from '../../../test/support/ledger-builders.js';
import { ScriptedCaller } from '../test-kit/scripted-caller.js';
import { OpenAiRealtimeAgent } from './openai-realtime.agent.js';
import { OpenAiSettings } from './openai-realtime.variables.js';
import { heldSounds } from '../../../test/support/held-sounds.js';

describe('a conversation over the Realtime API whose model has a bad day', () => {
  let server: RealtimeServer;
  let base = '';
  const callers: ScriptedCaller[] = [];

  beforeEach(async () => {
    server = new RealtimeServer();
    base = await server.listen();
  });
  afterEach(async () => {
    jest.useRealTimers();
    for (const caller of callers.splice(0)) await caller.hangUp();
    const { peers } = server;
    await server.close();
    expect(peers.flatMap(({ mistakes }) => mistakes)).toEqual([]);
  });

  const connect = async (options: Record<string, unknown> = {}) => {
    const agent = new OpenAiRealtimeAgent(
      new OpenAiSettings({ apiKey: REALTIME_KEY, baseUrl: base }),
      heldSounds(),
      new SilentLog(),
    );
    const caller = new ScriptedCaller(agent, {
      options: { instructions: 'Be kind.', ...options },
    });
    callers.push(caller);
    await caller.connect();
    const peer = await session(1);
    return { caller, peer };
  };
  /** The session of that number, once it is set up. */
  const session = async (number: number): Promise<RealtimePeer> => {
    const peer = await until(() => server.peers[number - 1]);
    await until(() => peer.of('session.update').length > 0);
    await arrived(peer);
    return peer;
  };
  /** Resolves when everything sent so far has been received and answered. */
  const arrived = async (peer: RealtimePeer): Promise<void> => {
    for (let turn = 0; turn < 2; turn += 1) {
      const pong = new Promise((resolve) => peer.socket.once('pong', resolve));
      peer.socket.ping();
      await pong;
    }
  };
  const say = async (peer: RealtimePeer, words: string, value: number, isDone = true) => {
    const id = peer.say(words.split(' ').length * 100, value, isDone);
    peer.send({ type: 'response.output_audio_transcript.delta', item_id: id, delta: words });
    if (isDone) peer.finish();
    await arrived(peer);
  };
  const heard = (caller: ScriptedCaller, value: number): number =>
    Buffer.concat(caller.heard).filter((byte) => byte === value).length / 8;
  const lose = (peer: RealtimePeer): void => peer.socket.terminate();
  const fakeTime = (): void => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  };
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
  };

  describe('gets a new session with the conversation so far', () => {
    it.each([
      ['is cut', lose, '1006'],
      [
        'has lasted an hour',
        (peer: RealtimePeer) => {
          const error = { type: 'invalid_request_error', code: 'session_expired' };
          peer.send({ type: 'error', error });
        },
        'session_expired',
      ],
      ['is closed', (peer: RealtimePeer) => peer.socket.close(1001, 'maximum duration'), '1001'],
    ])('when the one before %s', async (_, happen, why) => {
      const { caller, peer } = await connect({ greeting: 'Say hello.' });
      await say(peer, 'one two three four', 1);
      await caller.listen(200);
      happen(peer);
      const next = await session(2);
      expect([...next.texts.values()]).toEqual(['assistant: one two three four']);
      // What was being said is heard to its end, and nobody is greeted again.
      await caller.listen(400);
      expect(heard(caller, 1)).toBe(400);
      expect(next.of('response.create')).toEqual([]);
      expect(caller.notes).toEqual([
        {
          what: 'session_renewed',
          detail: { reason: expect.stringContaining(why), gap_ms: expect.any(Number) },
        },
      ]);
      await caller.say(20, Buffer.alloc(160, 61));
      await arrived(next);
      expect(next.heard.at(-1)).toBe(61);
      expect(caller.ended).toBeNull();
    });

    it('and is asked for the rest of a reply that was broken off', async () => {
      const { peer } = await connect();
      await say(peer, 'one two three', 1, false);
      lose(peer);
      const next = await session(2);
      expect(next.of('response.create')[0]?.response?.instructions).toContain('go on with it');
    });

    it('and for the greeting where nothing was said yet', async () => {
      server.responds = false;
      const { peer } = await connect({ greeting: 'Say hello.' });
      lose(peer);
      const next = await session(2);
      expect(next.of('response.create')).toHaveLength(1);
      expect(next.of('response.create')[0]?.response?.instructions).toContain('Say hello.');
    });

    it('and hears again what the caller was saying', async () => {
      const { caller, peer } = await connect();
      peer.callerBegins();
      await arrived(peer);
      await caller.say(100, Buffer.alloc(160, 5));
      lose(peer);
      await until(() => caller.notes.length === 0 && peer.closeCode !== null);
      await caller.say(100, Buffer.alloc(160, 6));
      const next = await session(2);
      expect([...next.heard]).toEqual([...Buffer.alloc(800, 5), ...Buffer.alloc(800, 6)]);
      expect(next.of('response.create')).toEqual([]);
    });

    it('and knows no more than was heard when the caller speaks over what the one before said', async () => {
      const { caller, peer } = await connect();
      await say(peer, 'one two three four five six seven eight nine ten', 1);
      await caller.listen(400);
      lose(peer);
      const next = await session(2);
      await caller.listen(200);
      next.callerBegins();
      await arrived(next);
      expect([...next.texts.values()]).toEqual(['assistant: one two three four five six']);
      expect(next.truncations).toEqual([]);
    });

    it('and keeps what was pressed meanwhile', async () => {
      const { caller, peer } = await connect();
      server.setsUp = false;
      lose(peer);
      const next = await until(() => server.peers[1]);
      await caller.press('12#');
      server.setsUp = true;
      await until(() => next.of('session.update').length > 0);
      next.receive(JSON.stringify(next.events[0]));
      await until(() => next.of('response.create').length > 0);
      expect([...next.texts.values()].at(-1)).toContain('12#');
    });

    it('and leaves once the goodbye was heard, if the model wanted to hang up', async () => {
      const { caller, peer } = await connect();
      peer.say(600, 1);
      peer.use('hang_up', 'call_1', {});
      peer.finish();
      await arrived(peer);
      lose(peer);
      const next = await session(2);
      await caller.hearOut();
      expect([caller.ended, heard(caller, 1)]).toEqual(['agent', 600]);
      expect(next.outputs).toEqual([]);
    });

    it('when the server does not read any more', async () => {
      const { caller, peer } = await connect();
      peer.socket.pause();
      const much = Buffer.alloc(160_000, 1);
      for (let n = 0; n < 50 && server.peers.length < 2; n += 1) await caller.say(100, much);
      await session(2);
      await until(() => caller.notes.length > 0);
      expect(caller.notes[0]?.detail['reason']).toContain('does not read');
      peer.socket.resume();
    });

    it('but not for longer than half a minute, if each is lost at once', async () => {
      const { caller, peer } = await connect();
      await settled();
      fakeTime();
      lose(peer);
      server.upgradeReply = 'HTTP/1.1 503 Busy';
      const begunAt = performance.now();
      while (caller.ended === null) {
        jest.advanceTimersByTime(100);
        for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
      }
      expect(performance.now() - begunAt).toBeGreaterThan(25_000);
      expect(caller.failure).toMatchObject({ message: expect.stringContaining('HTTP 503') });
    });

    it('but not when the key has been withdrawn', async () => {
      const { caller, peer } = await connect();
      peer.send({ type: 'error', error: { type: 'x', code: 'insufficient_quota' } });
      await until(() => caller.ended === 'failed');
      expect(server.handshakes).toHaveLength(1);
    });
  });

  describe('asks again for a response that failed', () => {
    const limited = { type: 'server_error', code: 'rate_limit_exceeded' };

    it('after the pauses that the server names', async () => {
      const { caller, peer } = await connect();
      fakeTime();
      const asked = (): number => peer.of('response.create').length;
      const fail = async (message?: string): Promise<void> => {
        peer.finish('failed', { ...limited, ...(message ? { message } : {}) });
        await settled();
      };
      peer.begin();
      await fail('Limit reached. Please try again in 1.2s. See your account.');
      jest.advanceTimersByTime(1_200);
      await settled();
      expect(asked()).toBe(0);
      jest.advanceTimersByTime(200);
      await settled();
      expect(asked()).toBe(1);
      const limits = [
        { name: 'requests', limit: 100, remaining: 7, reset_seconds: 60 },
        { name: 'tokens', limit: 100, remaining: 0, reset_seconds: 4 },
      ];
      peer.send({ type: 'rate_limits.updated', rate_limits: limits });
      await fail();
      jest.advanceTimersByTime(4_000);
      await settled();
      expect(asked()).toBe(1);
      jest.advanceTimersByTime(200);
      await settled();
      expect(asked()).toBe(2);
      expect(caller.ended).toBeNull();
      // Longer than a caller waits.
      await fail('Please try again in 40s.');
      expect(caller.failure).toMatchObject({
        message: expect.stringContaining('rate_limit_exceeded'),
      });
    });

    it('at once where it names none, then ever later, for half a minute', async () => {
      const { caller, peer } = await connect();
      fakeTime();
      const begunAt = performance.now();
      peer.begin();
      for (let n = 0; n < 40 && caller.ended === null; n += 1) {
        if (peer.active !== null) peer.finish('failed', { type: 'server_error' });
        await settled();
        jest.advanceTimersByTime(1_000);
        await settled();
      }
      expect(caller.ended).toBe('failed');
      expect(performance.now() - begunAt).toBeGreaterThan(20_000);
      expect(peer.of('response.create').length).toBeLessThan(15);
    });

    it('or that was broken off before a word of it', async () => {
      const { caller, peer } = await connect();
      peer.begin();
      peer.finish('incomplete');
      await until(() => peer.of('response.create').length === 1);
      await say(peer, 'one two', 1, false);
      peer.finish('incomplete');
      await arrived(peer);
      expect(peer.of('response.create')).toHaveLength(1);
      expect(caller.ended).toBeNull();
    });
  });

  describe('that uses a tool in every response', () => {
    it('is made to speak after ten rounds without the caller, and is given up if it does not', async () => {
      const { caller, peer } = await connect();
      let calls = 0;
      const use = (): void => {
        calls += 1;
        peer.use('set_facts', `call_${calls}`, { calls });
        peer.finish();
      };
      peer.onEvent = ({ type }) => {
        if (type === 'response.create') setImmediate(use);
      };
      use();
      await until(() => caller.ended !== null);
      const asked = peer.of('response.create');
      expect(asked.map(({ response }) => response?.tool_choice ?? 'auto')).toEqual([
        ...Array.from({ length: 9 }, () => 'auto'),
        'none',
      ]);
      expect(caller.failure).toMatchObject({ message: expect.stringContaining('without end') });
      expect(caller.notes).toEqual([{ what: 'tool_rounds', detail: { rounds: 10 } }]);
    });

    it('may go on when the caller has said something', async () => {
      const { caller, peer } = await connect();
      for (let n = 1; n <= 25; n += 1) {
        peer.use('set_facts', `call_${n}`, { n });
        peer.use('set_facts', `again_${n}`, { n });
        peer.finish();
        await until(() => peer.of('response.create').length === n);
        if (n % 8 !== 0) continue;
        peer.finish();
        peer.callerBegins();
        peer.callerEnds();
      }
      expect(peer.of('response.create').some(({ response }) => response?.tool_choice)).toBe(false);
      expect(caller.ended).toBeNull();
    });
  });

  it('answers keys although the server hears no end of the speech', async () => {
    const { caller, peer } = await connect();
    peer.callerBegins();
    await arrived(peer);
    await caller.press('1#');
    await until(() => peer.of('response.create').length === 1);
  });

  it('takes speech without an end for said after a minute', async () => {
    const { peer } = await connect();
    fakeTime();
    peer.callerBegins();
    await settled();
    jest.advanceTimersByTime(59_000);
    await settled();
    expect(peer.of('response.create')).toEqual([]);
    jest.advanceTimersByTime(1_500);
    await settled();
    expect(peer.events.slice(1).map(({ type }) => type)).toEqual([
      'input_audio_buffer.commit',
      'response.create',
    ]);
  });

  it('thinks for twelve seconds, and for twenty', async () => {
    const { caller, peer } = await connect();
    fakeTime();
    peer.begin();
    await settled();
    jest.advanceTimersByTime(20_000);
    peer.say(200, 1);
    peer.finish();
    await settled();
    jest.advanceTimersByTime(40_000);
    expect(caller.ended).toBeNull();
    expect(peer.of('response.create')).toEqual([]);
  });

  it('tells an event of a name that nobody knows, once', async () => {
    const { caller, peer } = await connect();
    for (const type of ['response.mood', 'response.mood', 'conversation.item.done', 'no name!']) {
      peer.send({ type });
    }
    await arrived(peer);
    expect(caller.notes).toEqual([{ what: 'unknown_event', detail: { name: 'response.mood' } }]);
    expect(caller.ended).toBeNull();
  });
});
