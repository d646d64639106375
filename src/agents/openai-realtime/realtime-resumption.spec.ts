import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { LONG, until } from '../../../test/support/patience.js';
import {
  REALTIME_KEY,
  RealtimeServer,
  type RealtimePeer,
} from '../../../test/support/realtime-server.js';
import { SilentLog } from '../../../test/support/ledger-builders.js';
import { resumptionTest } from '../test-kit/resumption.js';
import { ScriptedCaller } from '../test-kit/scripted-caller.js';
import { OpenAiRealtimeAgent } from './openai-realtime.agent.js';
import { OpenAiSettings } from './openai-realtime.variables.js';
import { heardOf } from '../models/heard-text.js';
import { RealtimeMemory } from './realtime-memory.js';
import { heldSounds } from '../../../test/support/held-sounds.js';

const OPTIONS = { instructions: 'Be kind.', greeting: 'Say hello.' };

describe('a conversation over the Realtime API that is moved', () => {
  let server: RealtimeServer;
  let base = '';
  const callers: ScriptedCaller[] = [];

  beforeEach(async () => {
    server = new RealtimeServer();
    base = await server.listen();
  });
  afterEach(async () => {
    for (const caller of callers.splice(0)) await caller.hangUp();
    await server.close();
    expect(server.peers.flatMap(({ mistakes }) => mistakes)).toEqual([]);
  });

  const agent = () =>
    new OpenAiRealtimeAgent(
      new OpenAiSettings({ apiKey: REALTIME_KEY, baseUrl: base }),
      heldSounds(),
      new SilentLog(),
    );
  const newest = () => server.peers.at(-1) as RealtimePeer;
  /** Resolves when everything that was sent has been received and answered. */
  const arrived = async (peer = newest()): Promise<void> => {
    for (let turn = 0; turn < 2; turn += 1) {
      const pong = new Promise((resolve) => peer.socket.once('pong', resolve));
      peer.socket.ping();
      await pong;
    }
  };
  const connect = async (options: object = {}) => {
    const caller = new ScriptedCaller(agent(), { options: { ...OPTIONS, ...options } });
    callers.push(caller);
    await caller.connect();
    await until(() => newest()?.of('session.update').length);
    await arrived();
    return caller;
  };
  const move = async (caller: ScriptedCaller): Promise<RealtimePeer> => {
    const before = server.peers.length;
    await caller.move({ to: agent() });
    await until(() => server.peers[before]?.of('session.update').length);
    await arrived();
    return newest();
  };
  /** The model says something of so many words, 100 ms each. */
  const say = async (words: string, value: number, isDone = true): Promise<string> => {
    const peer = newest();
    const id = peer.say(words.split(' ').length * 100, value, isDone);
    peer.send({ type: 'response.output_audio_transcript.delta', item_id: id, delta: words });
    if (isDone) peer.finish();
    await arrived();
    return id;
  };
  const callerSaid = (text: string, id: string): void => {
    newest().send({ type: 'input_audio_buffer.committed', item_id: id });
    newest().send({
      type: 'conversation.item.input_audio_transcription.completed',
      item_id: id,
      transcript: text,
    });
  };
  const heard = (caller: ScriptedCaller, value: number): number =>
    Buffer.concat(caller.heard).filter((byte) => byte === value).length / 8;

  it('is told all that was said, and greets nobody again', async () => {
    const caller = await connect();
    await say('Hello there', 1);
    await caller.hearOut();
    callerSaid('What time is it', 'user1');
    await say('It is ten', 2);
    newest().use('set_facts', 'call1', { topic: 'time' });
    newest().finish();
    await arrived();
    newest().finish();
    await arrived();
    await caller.hearOut();
    const peer = await move(caller);
    expect([...peer.texts.values()]).toEqual([
      'assistant: Hello there',
      'user: What time is it',
      'assistant: It is ten',
      'system: [You used set_facts with {"topic":"time"}: {"ok":true}]',
    ]);
    expect(peer.of('response.create')).toEqual([]);
    expect(peer.events[0]?.session?.instructions).toBe('Be kind.');
    expect(caller.facts).toEqual({ topic: 'time' });
  });

  it('is heard to the end of what was being said, and the model knows all of it', async () => {
    const caller = await connect();
    await say('one two three four five six seven eight nine ten', 1);
    await caller.listen(400);
    const peer = await move(caller);
    await caller.hearOut();
    expect(heard(caller, 1)).toBe(1_000 + 200);
    expect([...peer.texts.values()]).toEqual([
      'assistant: one two three four five six seven eight nine ten',
    ]);
    expect(peer.of('response.create')).toEqual([]);
  });

  it.each([
    ['the server', () => newest().callerBegins()],
    ['the gateway', (caller: ScriptedCaller) => void caller.bargeIn()],
  ])(
    'knows no more than was heard when the caller speaks over the rest, noticed by %s',
    async (_, speak) => {
      const caller = await connect();
      await say('one two three four five six seven eight nine ten', 1);
      await caller.listen(400);
      const peer = await move(caller);
      // 200 ms of these were heard before.
      await caller.listen(400);
      speak(caller);
      await arrived();
      expect([...peer.texts.values()]).toEqual(['assistant: one two three four five six']);
      // Another move knows it too.
      const next = await move(caller);
      expect([...next.texts.values()]).toEqual(['assistant: one two three four five six']);
    },
  );

  it('goes on with a reply of which not all had come', async () => {
    const caller = await connect();
    await say('one two three', 1, false);
    await caller.listen(100);
    const peer = await move(caller);
    expect([...peer.texts.values()]).toEqual(['assistant: one two three']);
    expect(peer.of('response.create')[0]?.response?.instructions).toContain('go on with it');
    peer.say(200, 2);
    peer.finish();
    await arrived();
    await caller.hearOut();
    expect([heard(caller, 1), heard(caller, 2)]).toEqual([300 + 100, 200]);
  });

  it('is asked for the reply that the caller waits for', async () => {
    server.responds = false;
    const caller = await connect({ greeting: undefined });
    newest().callerBegins();
    newest().callerEnds();
    callerSaid('What time is it', 'user');
    await arrived();
    const peer = await move(caller);
    expect([...peer.texts.values()]).toEqual(['user: What time is it']);
    expect(peer.of('response.create')).toHaveLength(1);
  });

  it('ends once the goodbye was heard, if the model wanted to hang up', async () => {
    const caller = await connect();
    newest().say(600, 1);
    newest().use('hang_up', 'call1', {});
    newest().finish();
    await arrived();
    await caller.listen(200);
    await move(caller);
    expect(caller.ended).toBeNull();
    await caller.hearOut();
    expect([caller.ended, heard(caller, 1)]).toEqual(['agent', 600 + 200]);
  });

  it('loses nothing when it is moved again at once', async () => {
    const caller = await connect();
    await say('one two three four five six seven eight nine ten', 1);
    await caller.listen(400);
    await caller.move({ to: agent() });
    await caller.listen(300);
    const peer = await move(caller);
    await caller.hearOut();
    expect(heard(caller, 1)).toBe(1_000 + 200 + 200);
    expect([...peer.texts.values()]).toEqual([
      'assistant: one two three four five six seven eight nine ten',
    ]);
  });

  it('passes the acceptance kit', async () => {
    const { run } = resumptionTest(
      { create: agent, options: OPTIONS },
      {
        moves: LONG ? 200 : 15,
        script: async (caller) => {
          callers.push(caller);
          await until(() => newest().of('response.create').length);
          await say('one two three four', 1);
          await say('five six', 2);
          await until(() => caller.waitingMs === 600);
          await caller.hearOut();
          await caller.hangUp();
        },
      },
    );
    await run();
  });
});

describe('what is remembered of a conversation', () => {
  it('fits into a snapshot: the oldest is forgotten', () => {
    const memory = new RealtimeMemory();
    for (let n = 1; n <= 100; n += 1) memory.add(`i${n}`, 'user', `${n} ${'x'.repeat(1_000)}`);
    const all = memory.all();
    expect(JSON.stringify(all).length).toBeLessThan(25 * 1024);
    expect(all.length).toBeGreaterThan(15);
    expect(all.at(-1)?.text).toMatch(/^100 /);
  });

  it('ends with what was heard, at a word', () => {
    const things = [
      { text: 'one two', ms: 700 },
      { text: 'three', ms: 500 },
    ];
    expect(heardOf(things, 1_200)).toEqual(['one two', 'three']);
    expect(heardOf(things, 900)).toEqual(['one two', '']);
    expect(heardOf(things, 400)).toEqual(['one', '']);
    expect(heardOf(things, 0)).toEqual(['', '']);
  });
});
