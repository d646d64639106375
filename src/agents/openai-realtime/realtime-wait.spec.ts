import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { heldSounds } from '../../../test/support/held-sounds.js';
import { SilentLog } from '../../../test/support/ledger-builders.js';
import { until } from '../../../test/support/patience.js';
import {
  REALTIME_KEY,
  RealtimeServer,
  type RealtimePeer,
} from '../../../test/support/realtime-server.js';
import { ScriptedCaller } from '../test-kit/scripted-caller.js';
import { OpenAiRealtimeAgent } from './openai-realtime.agent.js';
import { OpenAiSettings } from './openai-realtime.variables.js';

const SOUND = 9;

describe('a conversation over the Realtime API with a sound while the caller waits', () => {
  let server: RealtimeServer;
  let caller: ScriptedCaller;
  let peer: RealtimePeer;

  beforeEach(async () => {
    server = new RealtimeServer();
    const settings = new OpenAiSettings({ apiKey: REALTIME_KEY, baseUrl: await server.listen() });
    const sounds = heldSounds({ 'wait.wav': Buffer.alloc(400 * 8, SOUND) });
    caller = new ScriptedCaller(new OpenAiRealtimeAgent(settings, sounds, new SilentLog()), {
      options: { instructions: 'Be kind.' },
      onWait: { sound: 'wait.wav' },
    });
    await caller.connect();
    peer = await until(() => server.peers[0]);
    await until(() => peer.of('session.update').length > 0);
    await arrived();
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  });
  afterEach(async () => {
    jest.useRealTimers();
    await caller.hangUp();
    const { peers } = server;
    await server.close();
    expect(peers.flatMap(({ mistakes }) => mistakes)).toEqual([]);
  });

  /** Resolves when everything sent so far has been received and answered. */
  const arrived = async (): Promise<void> => {
    for (let turn = 0; turn < 2; turn += 1) {
      const pong = new Promise((resolve) => peer.socket.once('pong', resolve));
      peer.socket.ping();
      await pong;
    }
  };
  const heard = (value: number): number =>
    Buffer.concat(caller.heard).filter((byte) => byte === value).length / 8;
  /** The timers run, and the caller hears what is said meanwhile. */
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 100) {
      await jest.advanceTimersByTimeAsync(100);
      await caller.listen(100);
    }
    await arrived();
  };
  const ask = async (): Promise<void> => {
    peer.callerBegins();
    peer.callerEnds();
    await arrived();
  };
  const answer = async (ms: number, isDone = true): Promise<string> => {
    const item = peer.say(ms, 3, isDone);
    peer.send({
      type: 'response.output_audio_transcript.delta',
      item_id: item,
      delta: 'one two three four',
    });
    if (isDone) peer.finish();
    await arrived();
    return item;
  };

  it('is heard while the model thinks, and the answer is heard from its beginning', async () => {
    await ask();
    await pass(2_900);
    expect(heard(SOUND)).toBe(0);
    await pass(300);
    const before = heard(SOUND);
    expect(before).toBeGreaterThan(0);
    await answer(400);
    await caller.hearOut();
    expect([heard(SOUND), heard(3)]).toEqual([before, 400]);
    const all = Buffer.concat(caller.heard);
    expect(all.lastIndexOf(SOUND)).toBeLessThan(all.indexOf(3));
    await pass(20_000);
    expect(heard(SOUND)).toBe(before);
    // It is neither said nor cut off for the model, nor written down.
    expect([peer.truncations, peer.of('response.cancel')]).toEqual([[], []]);
    expect(caller.transcript.map(({ text }) => text)).toEqual(['one two three four']);
  });

  it('is heard after a word of the model that has used a tool and thinks again', async () => {
    await ask();
    peer.say(200, 3);
    peer.use('set_facts', 'call_1', { mood: 'good' });
    peer.finish();
    await arrived();
    await pass(2_800);
    expect([heard(3), heard(SOUND)]).toEqual([200, 0]);
    await pass(1_000);
    expect(heard(SOUND)).toBe(400);
    await answer(200);
    await caller.hearOut();
    expect(heard(3)).toBe(400);
  });

  it('does not end an item of which more is to come', async () => {
    await ask();
    const item = await answer(200, false);
    await pass(8_000);
    expect(heard(SOUND)).toBe(0);
    peer.delta(item, 200, 3);
    await arrived();
    await caller.hearOut();
    expect(heard(3)).toBe(400);
  });

  it('talked over ends, and the answer comes all the same', async () => {
    await ask();
    await pass(3_200);
    const before = heard(SOUND);
    expect(before).toBeGreaterThan(0);
    await caller.bargeIn();
    await caller.listen(400);
    expect(heard(SOUND)).toBe(before);
    expect(peer.of('response.cancel')).toEqual([]);
    await answer(400);
    await caller.hearOut();
    expect(heard(3)).toBe(400);
  });

  it('is not heard by a caller who says nothing and has asked nothing', async () => {
    await pass(20_000);
    expect(heard(SOUND)).toBe(0);
  });

  it('is not heard on after a move', async () => {
    await ask();
    await pass(3_200);
    const before = heard(SOUND);
    jest.useRealTimers();
    await caller.move();
    peer = await until(() => server.peers[1]);
    await until(() => peer.of('response.create').length > 0);
    await arrived();
    await caller.listen(400);
    expect(heard(SOUND)).toBe(before);
    expect(caller.ended).toBeNull();
  });
});
