import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  REALTIME_KEY,
  RealtimeServer,
  type RealtimePeer,
} from '../../../test/support/realtime-server.js';
import { OpenAiSettings } from './openai-realtime.variables.js';
import { Log } from '../../shared/logger.js';
import { ScriptedCaller } from '../test-kit/scripted-caller.js';
import { OpenAiRealtimeAgent } from './openai-realtime.agent.js';
import { PATIENCE_MS } from '../../../test/support/patience.js';
import { heldSounds } from '../../../test/support/held-sounds.js';

const QUIET = 0xff;

class NotedLog extends Log {
  readonly lines: string[] = [];

  debug(): void {}
  info(): void {}
  error(): void {}
  warn(event: string, fields: Record<string, unknown> = {}): void {
    this.lines.push(`${event} ${JSON.stringify(fields)}`);
  }
}

describe('a conversation over the Realtime API', () => {
  let server: RealtimeServer;
  let base = '';
  let log: NotedLog;
  const callers: ScriptedCaller[] = [];

  beforeEach(async () => {
    server = new RealtimeServer();
    base = await server.listen();
    log = new NotedLog();
  });
  afterEach(async () => {
    jest.useRealTimers();
    for (const caller of callers.splice(0)) await caller.hangUp();
    const { peers } = server;
    await server.close();
    expect(peers.flatMap(({ mistakes }) => mistakes)).toEqual([]);
  });

  const agent = (key: string | null = REALTIME_KEY, url = base): OpenAiRealtimeAgent =>
    new OpenAiRealtimeAgent(new OpenAiSettings({ apiKey: key, baseUrl: url }), heldSounds(), log);

  const until = async (fits: () => boolean): Promise<void> => {
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (!fits()) {
      if (performance.now() > giveUpAt) throw new Error(`it did not come to this: ${String(fits)}`);
      await new Promise((next) => setTimeout(next, 2));
    }
  };
  /** A caller who is connected, as far as the test needs. */
  const dial = async (
    options: Record<string, unknown> = {},
    with_ = agent(),
    transferTargets: string[] = [],
  ) => {
    const caller = new ScriptedCaller(with_, {
      options: { instructions: 'Be kind.', ...options },
      transferTargets,
    });
    callers.push(caller);
    await caller.connect();
    return caller;
  };
  const connect = async (options: Record<string, unknown> = {}, transferTargets: string[] = []) => {
    const before = server.peers.length;
    const caller = await dial(options, agent(), transferTargets);
    await until(() => (server.peers[before]?.events.length ?? 0) > 0);
    const peer = server.peers[before] as RealtimePeer;
    await arrived(peer);
    return { caller, peer };
  };
  /** Resolves when everything sent so far has been received and answered, because both ends answer pings in order. */
  const arrived = async (peer: RealtimePeer): Promise<void> => {
    for (let turn = 0; turn < 2; turn += 1) {
      const pong = new Promise((resolve) => peer.socket.once('pong', resolve));
      peer.socket.ping();
      await pong;
    }
  };
  const failureOf = async (caller: ScriptedCaller): Promise<string> => {
    await until(() => caller.ended !== null);
    expect(caller.ended).toBe('failed');
    return (caller.failure as Error).message;
  };
  const heard = (caller: ScriptedCaller, value: number): number =>
    Buffer.concat(caller.heard).filter((byte) => byte === value).length / 8;

  describe('begins', () => {
    it('with the key in the header, at the model, and with what the workflow says', async () => {
      const { peer } = await connect({
        voice: 'cedar',
        model: 'gpt-x y',
        temperature: 0.7,
        vad_threshold: 0.6,
        tools: [tool('order')],
      });
      const [handshake] = server.handshakes;
      expect(handshake?.authorization).toBe(`Bearer ${REALTIME_KEY}`);
      expect(Object.fromEntries(handshake?.url.searchParams ?? [])).toEqual({
        model: 'gpt-x y',
        temperature: '0.7',
      });
      expect(peer.events[0]?.session).toMatchObject({
        type: 'realtime',
        instructions: 'Be kind.',
        output_modalities: ['audio'],
        audio: {
          input: {
            format: { type: 'audio/pcmu' },
            turn_detection: { type: 'server_vad', threshold: 0.6, interrupt_response: false },
          },
          output: { format: { type: 'audio/pcmu' }, voice: 'cedar' },
        },
      });
      expect(peer.events[0]?.session?.tools?.map(({ name }) => name)).toEqual([
        'hang_up',
        'set_facts',
        'order',
      ]);
      expect(peer.of('response.create')).toEqual([]);
    });

    it('with a tool to transfer the call where there are people for it, by name', async () => {
      const targets = ['Sales', 'Support'];
      const { peer } = await connect({}, targets);
      const declared = peer.events[0]?.session?.tools?.find(({ name }) => name === 'transfer_call');
      expect(declared).toMatchObject({
        parameters: { properties: { target: { enum: targets } }, required: ['target'] },
      });
      const { peer: without } = await connect({ tools: [tool('transfer_call')] }, targets);
      // The workflow's own tool of that name stays what it was.
      const own = without.events[0]?.session?.tools?.filter(({ name }) => name === 'transfer_call');
      expect(own).toHaveLength(1);
      expect(own?.[0]).not.toHaveProperty('parameters.properties.target');
    });

    it('with semantic turn detection if the workflow asks for it', async () => {
      const { peer } = await connect({ turn_detection: 'semantic_vad' });
      expect(peer.events[0]?.session?.audio?.input?.turn_detection).toMatchObject({
        type: 'semantic_vad',
      });
    });

    it('with what the caller says written down, by the model that the workflow names, or not at all', async () => {
      const input = async (options: Record<string, unknown>) =>
        (await connect(options)).peer.events[0]?.session?.audio?.input;
      expect(await input({})).toMatchObject({ transcription: { model: 'gpt-transcribe' } });
      expect(await input({ transcription_model: 'another' })).toMatchObject({
        transcription: { model: 'another' },
      });
      expect(await input({ transcription_model: null })).not.toHaveProperty('transcription');
    });

    it('with all that the API has for the telephone, as far as the workflow says it', async () => {
      const { peer } = await connect({
        voice: 'voice_1234',
        speed: 1.1,
        reasoning_effort: 'low',
        max_output_tokens: 900,
        vad_silence_ms: 700,
        vad_prefix_ms: 200,
        idle_timeout_ms: 8_000,
        noise_reduction: 'near_field',
        transcription_language: 'de',
        transcription_keywords: ['Patchbay'],
      });
      expect(peer.events[0]?.session).toMatchObject({
        max_output_tokens: 900,
        reasoning: { effort: 'low' },
        audio: {
          input: {
            noise_reduction: { type: 'near_field' },
            transcription: { model: 'gpt-transcribe', language: 'de', keywords: ['Patchbay'] },
            turn_detection: {
              silence_duration_ms: 700,
              prefix_padding_ms: 200,
              idle_timeout_ms: 8_000,
            },
          },
          output: { voice: { id: 'voice_1234' }, speed: 1.1 },
        },
      });
      const { peer: semantic } = await connect({
        turn_detection: 'semantic_vad',
        eagerness: 'low',
      });
      expect(semantic.events[0]?.session?.audio?.input?.turn_detection).toMatchObject({
        eagerness: 'low',
      });
      const { peer: plain } = await connect();
      expect(server.handshakes.at(-1)?.url.searchParams.get('model')).toBe('gpt-realtime-2.1');
      expect(plain.events[0]?.session).not.toHaveProperty('reasoning');
      expect(plain.events[0]?.session?.audio?.input).not.toHaveProperty('noise_reduction');
    });

    it('with a greeting if there is one, together with the instructions', async () => {
      const { peer } = await connect({ greeting: 'Say hello.' });
      const [asked] = peer.of('response.create');
      expect(asked?.response?.instructions).toMatch(/^Be kind\.[^]*Say hello\.$/);
      expect(asked?.response?.tool_choice).toBe('none');
    });

    it('what the caller said meanwhile is heard: the last five seconds', async () => {
      server.setsUp = false;
      const caller = await dial();
      await until(() => server.peers[0]?.events.length === 1);
      const peer = server.peers[0] as RealtimePeer;
      for (let n = 1; n <= 60; n += 1) await caller.say(100, Buffer.alloc(160, n));
      expect(peer.heard).toHaveLength(0);
      server.setsUp = true;
      peer.receive(JSON.stringify(peer.events[0]));
      await until(() => peer.heard.length > 0);
      expect(peer.heard).toHaveLength(40_000);
      expect([peer.heard[0], peer.heard.at(-1)]).toEqual([11, 60]);
      await caller.say(20, Buffer.alloc(160, 61));
      await arrived(peer);
      expect(peer.heard.at(-1)).toBe(61);
    });
  });

  it('passes μ-law straight through in both directions, byte for byte', async () => {
    const { caller, peer } = await connect();
    const frame = Buffer.from(Array.from({ length: 160 }, (_, n) => n));
    await caller.say(100, frame);
    await arrived(peer);
    expect(peer.heard.equals(Buffer.concat(Array.from({ length: 5 }, () => frame)))).toBe(true);
    peer.say(500, 7);
    await arrived(peer);
    await caller.listen(600);
    expect(heard(caller, 7)).toBe(500);
  });

  describe('when the caller speaks', () => {
    it('stops the response, tells how much was heard, and drops what comes late', async () => {
      const { caller, peer } = await connect();
      const item = peer.say(4_000, 1, false);
      await arrived(peer);
      await caller.listen(1_260);
      const response = peer.active;
      // The rest of the item is already on its way.
      peer.onEvent = ({ type }) => {
        if (type === 'response.cancel') peer.delta(item, 200, 9, response);
      };
      peer.callerBegins();
      await arrived(peer);
      peer.delta(item, 200, 9, response);
      await caller.listen(500);
      expect(peer.of('response.cancel')).toMatchObject([{ response_id: response }]);
      expect(peer.truncations).toMatchObject([
        { item_id: item, content_index: 0, audio_end_ms: 1_260 },
      ]);
      expect(heard(caller, 1)).toBe(1_260);
      expect(heard(caller, 9)).toBe(0);
      peer.callerEnds();
      peer.say(200, 2);
      peer.finish();
      await arrived(peer);
      await caller.listen(300);
      expect(heard(caller, 2)).toBe(200);
    });

    it('never claims more than was sent, in whole milliseconds', async () => {
      const { caller, peer } = await connect();
      const item = peer.say(0, 1, false);
      peer.sentMs.set(item, 10);
      peer.send({
        type: 'response.output_audio.delta',
        response_id: peer.active,
        item_id: item,
        content_index: 0,
        delta: Buffer.alloc(87, 1).toString('base64'),
      });
      await arrived(peer);
      await caller.listen(200);
      peer.callerBegins();
      await arrived(peer);
      expect(peer.truncations).toMatchObject([{ item_id: item, audio_end_ms: 10 }]);
    });

    it('does not cancel what is over, or truncate what was heard to its end', async () => {
      const { caller, peer } = await connect();
      peer.say(200, 1);
      peer.finish();
      await arrived(peer);
      await caller.listen(400);
      peer.callerBegins();
      await arrived(peer);
      expect(peer.events.map(({ type }) => type)).toEqual(['session.update']);
    });

    it('truncates the item being heard where it was, and those after it at zero', async () => {
      const { caller, peer } = await connect();
      const items = [peer.say(300, 1), peer.say(400, 2), peer.say(500, 3)];
      await arrived(peer);
      await caller.listen(500);
      peer.callerBegins();
      await arrived(peer);
      expect(peer.truncations).toMatchObject([
        { item_id: items[1], audio_end_ms: 200 },
        { item_id: items[2], audio_end_ms: 0 },
      ]);
    });

    it('does the same, and only once, if the gateway noticed the caller first', async () => {
      const { caller, peer } = await connect();
      const item = peer.say(2_000, 1);
      await arrived(peer);
      await caller.listen(700);
      await caller.bargeIn();
      peer.callerBegins();
      await arrived(peer);
      expect(peer.truncations).toMatchObject([{ item_id: item, audio_end_ms: 700 }]);
      expect(peer.of('response.cancel')).toHaveLength(1);
    });

    it('stops a reply that was requested just before, as soon as it begins', async () => {
      const { caller, peer } = await connect();
      peer.onEvent = ({ type }) => {
        if (type === 'response.create') peer.callerBegins();
      };
      // The server reports the caller first, and then the response.
      await caller.press('1#');
      await until(() => peer.of('response.cancel').length === 1);
      await arrived(peer);
      expect(peer.active).toBeNull();
    });
  });

  describe('its tools', () => {
    const tools = [{ name: 'order', description: 'The order.', parameters: { type: 'object' } }];

    it('store facts, are answered once each, and the model continues when it may', async () => {
      const { caller, peer } = await connect({ tools });
      peer.use('order', 'call_1', { id: 7 });
      peer.use('order', 'call_1', { id: 8 });
      peer.use('set_facts', 'call_2', { mood: 'good' });
      await arrived(peer);
      // The server would refuse it now.
      expect(peer.of('response.create')).toEqual([]);
      peer.finish();
      await until(() => peer.of('response.create').length === 1);
      peer.finish();
      await arrived(peer);
      expect(peer.outputs).toEqual([
        { callId: 'call_1', output: { ok: true } },
        { callId: 'call_2', output: { ok: true } },
      ]);
      expect(peer.of('response.create')).toHaveLength(1);
      expect(caller.facts).toEqual({ order: { id: 7 }, mood: 'good' });
    });

    it.each([
      ['nonsense', '{}', 'no such tool'],
      ['order', 'not JSON', 'JSON object'],
      ['set_facts', '[1]', 'JSON object'],
    ])('tell the model what was wrong: %s %s', async (name, args, why) => {
      const { caller, peer } = await connect({ tools });
      peer.use(name, 'call_1', args);
      await arrived(peer);
      expect(peer.outputs).toEqual([
        { callId: 'call_1', output: { ok: false, error: expect.stringContaining(why) } },
      ]);
      expect(caller.facts).toEqual({});
    });

    it('ignore a call that was cut off while it was written', async () => {
      const { peer } = await connect({ tools });
      peer.use('order', 'call_1', '{"id":', 'incomplete');
      await arrived(peer);
      expect(peer.outputs).toEqual([]);
    });

    it('request nothing after the caller spoke, because the server replies by itself', async () => {
      const { peer } = await connect({ tools });
      peer.use('order', 'call_1', {});
      peer.callerBegins();
      await arrived(peer);
      expect(peer.outputs).toHaveLength(1);
      peer.callerEnds();
      await arrived(peer);
      expect(peer.of('response.create')).toEqual([]);
    });

    it('report keys together, with one reply', async () => {
      const { caller, peer } = await connect();
      await caller.press('12');
      await caller.press('3#');
      await until(() => peer.of('response.create').length === 1);
      expect(peer.of('conversation.item.create').map(({ item }) => item?.content)).toEqual([
        [{ type: 'input_text', text: expect.stringContaining('123#') }],
      ]);
    });
  });

  describe('hangs up', () => {
    it('when the whole goodbye has been heard, including its late parts', async () => {
      const { caller, peer } = await connect();
      peer.use('hang_up', 'call_1', {});
      peer.say(600, 1);
      await arrived(peer);
      await caller.listen(400);
      expect(caller.ended).toBeNull();
      peer.finish();
      await arrived(peer);
      await caller.listen(400);
      expect(caller.ended).toBe('agent');
      expect(heard(caller, 1)).toBe(600);
      expect(peer.outputs).toEqual([{ callId: 'call_1', output: { ok: true } }]);
      expect(peer.of('response.create')).toEqual([]);
    });

    it('at once when nothing is being said', async () => {
      const { caller, peer } = await connect();
      peer.use('hang_up', 'call_1', {});
      peer.finish();
      await until(() => caller.ended === 'agent');
    });

    it('but not when the caller has more to say; the model is told', async () => {
      const { caller, peer } = await connect();
      peer.say(2_000, 1);
      peer.use('hang_up', 'call_1', {});
      peer.finish();
      await arrived(peer);
      await caller.listen(500);
      peer.callerBegins();
      await arrived(peer);
      await caller.say(400);
      expect(caller.ended).toBeNull();
      expect(peer.outputs).toMatchObject([{ callId: 'call_1', output: { ok: false } }]);
      peer.callerEnds();
      peer.use('hang_up', 'call_2', {});
      peer.finish();
      await until(() => caller.ended === 'agent');
    });

    it('after ten seconds, however long the goodbye', async () => {
      const { caller, peer } = await connect();
      peer.say(20_000, 1);
      jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
      peer.use('hang_up', 'call_1', {});
      peer.finish();
      const turns = async (): Promise<void> => {
        for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
      };
      await turns();
      await caller.listen(1_000);
      jest.advanceTimersByTime(9_900);
      expect(caller.ended).toBeNull();
      jest.advanceTimersByTime(200);
      expect(caller.ended).toBe('agent');
    });
  });

  describe('transfers the call', () => {
    const wish = { target: 'Sales', announce: 'About an order.' };

    it('when what it said has been heard, and goes on when the person is not reached', async () => {
      const { caller, peer } = await connect({ greeting: 'Hello.' }, ['Sales']);
      peer.finish();
      await arrived(peer);
      peer.say(600, 1);
      peer.use('transfer_call', 'call_1', wish);
      peer.finish();
      await arrived(peer);
      await caller.listen(400);
      expect(caller.transferred).toBeNull();
      await caller.listen(400);
      expect(caller.transferred).toEqual(wish);
      expect(heard(caller, 1)).toBe(600);
      expect(peer.outputs).toEqual([{ callId: 'call_1', output: { ok: true } }]);
      const before = server.peers.length;
      await caller.giveBack('busy');
      await until(() => (server.peers[before]?.of('response.create').length ?? 0) > 0);
      const again = server.peers[before] as RealtimePeer;
      const told = [...again.texts.values()];
      expect(told.at(-1)).toMatch(/^system: .*"Sales" \(busy\)/);
      expect(again.of('response.create')).toHaveLength(1);
      expect(caller.ended).toBeNull();
    });

    it('but not when the caller has more to say, nor to somebody else', async () => {
      const { caller, peer } = await connect({}, ['Sales']);
      peer.use('transfer_call', 'call_0', { target: '+12025550143' });
      peer.finish();
      await arrived(peer);
      expect(peer.outputs).toMatchObject([{ callId: 'call_0', output: { ok: false } }]);
      peer.say(2_000, 1);
      peer.use('transfer_call', 'call_1', wish);
      peer.finish();
      await arrived(peer);
      await caller.listen(500);
      peer.callerBegins();
      await arrived(peer);
      await caller.say(400);
      expect(peer.outputs.at(-1)).toMatchObject({ callId: 'call_1', output: { ok: false } });
      await caller.listen(2_000);
      expect(caller.transferred).toBeNull();
    });
  });

  describe('when the server says nothing', () => {
    const fakeTime = (): void => {
      jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    };
    const settled = async (): Promise<void> => {
      for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
    };

    it('for half a minute in the middle of a reply, it has failed', async () => {
      const { caller, peer } = await connect();
      fakeTime();
      peer.begin();
      await settled();
      jest.advanceTimersByTime(29_000);
      peer.say(200, 1, false);
      await settled();
      jest.advanceTimersByTime(29_900);
      expect(caller.ended).toBeNull();
      jest.advanceTimersByTime(200);
      expect(caller.failure).toMatchObject({
        message: expect.stringContaining('does not reply'),
      });
    });

    it('after the caller has finished, it is asked, then a new session, which fails if it is silent too', async () => {
      const { caller, peer } = await connect();
      fakeTime();
      server.responds = false;
      peer.callerBegins();
      peer.callerEnds();
      await settled();
      jest.advanceTimersByTime(9_900);
      await settled();
      expect(peer.of('response.create')).toEqual([]);
      jest.advanceTimersByTime(200);
      await settled();
      expect(peer.of('response.create')).toHaveLength(1);
      jest.advanceTimersByTime(9_800);
      expect(server.peers).toHaveLength(1);
      jest.advanceTimersByTime(400);
      while ((server.peers[1]?.of('response.create').length ?? 0) === 0) await settled();
      jest.advanceTimersByTime(9_800);
      expect(caller.ended).toBeNull();
      jest.advanceTimersByTime(400);
      expect(caller.ended).toBe('failed');
    });

    it('and no reply is due, all is well', async () => {
      const { caller, peer } = await connect();
      fakeTime();
      peer.say(200, 1);
      peer.finish();
      await settled();
      jest.advanceTimersByTime(12_000);
      expect(caller.ended).toBeNull();
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  describe('fails', () => {
    it.each([
      ['http', 'HTTP 401'],
      ['event', 'invalid_api_key'],
    ] as const)('when the key is refused by %s, without showing it', async (how, why) => {
      server.refusesBy = how;
      const caller = await dial({}, agent('sk-wrong-secret'));
      const reason = await failureOf(caller);
      expect(reason).toContain(why);
      expect(reason + log.lines.join()).not.toContain('wrong');
      expect(server.handshakes).toHaveLength(1);
    });

    it('when nothing answers at the address', async () => {
      const free = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => free.once('listening', resolve));
      const { port } = free.address() as AddressInfo;
      await new Promise((resolve) => free.close(resolve));
      jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
      const caller = await dial({}, agent(REALTIME_KEY, `http://127.0.0.1:${port}/v1`));
      const begunAt = performance.now();
      while (caller.ended === null) {
        jest.advanceTimersByTime(50);
        for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
      }
      expect(performance.now() - begunAt).toBeGreaterThan(7_000);
      expect(caller.failure).toMatchObject({ message: expect.stringContaining('ECONNREFUSED') });
    });

    it('when it is redirected, because the key must not go elsewhere', async () => {
      const other = new RealtimeServer();
      const elsewhere = await other.listen();
      server.upgradeReply = `HTTP/1.1 302 Found\r\nLocation: ${elsewhere}/realtime?model=x`;
      const caller = await dial();
      expect(await failureOf(caller)).toContain('HTTP 302');
      expect(other.handshakes).toEqual([]);
      await other.close();
    });

    it('when the session is not set up within ten seconds', async () => {
      server.setsUp = false;
      jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
      const caller = await dial();
      for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
      jest.advanceTimersByTime(10_100);
      expect(caller.failure).toMatchObject({ message: expect.stringContaining('10 s') });
    });

    it('when the session is refused, and tells which field it was', async () => {
      server.setsUp = false;
      const caller = await dial({ voice: 'nobody' });
      await until(() => server.peers[0]?.events.length === 1);
      server.peers[0]?.send({
        type: 'error',
        error: {
          type: 'invalid_request_error',
          code: 'invalid_value',
          param: 'session.audio.output.voice',
          message: `no, ${REALTIME_KEY}`,
        },
      });
      const reason = await failureOf(caller);
      expect(reason).toContain('invalid_value (session.audio.output.voice)');
      expect(reason).not.toContain(REALTIME_KEY);
    });

    it('when the server would send another format than μ-law', async () => {
      server.setsUp = false;
      const caller = await dial();
      await until(() => server.peers[0]?.events.length === 1);
      const audio = { output: { format: { type: 'audio/pcm', rate: 24_000 } } };
      server.peers[0]?.send({ type: 'session.updated', session: { audio } });
      expect(await failureOf(caller)).toContain('μ-law');
    });
  });

  it('survives other errors and messages that are not events, and so does the process', async () => {
    const { caller, peer } = await connect();
    peer.say(200, 1);
    peer.send({ type: 'error', error: { type: 'server_error', message: REALTIME_KEY } });
    peer.send({ type: 'error', error: null });
    peer.send({ type: 'error', error: { code: 'response_cancel_not_active' } });
    for (const odd of [
      'no JSON',
      'null',
      '[]',
      '{"type":7}',
      '{"type":"response.output_audio.delta","item_id":"x","delta":5}',
      '{"type":"response.output_audio.delta","item_id":{},"delta":"AAAA"}',
      '{"type":"response.output_item.done","item":null}',
      '{"type":"response.done"}',
      '{"type":"response.created","response":7}',
      '{"type":"session.updated","session":null}',
    ]) {
      peer.socket.send(odd);
    }
    peer.socket.send(Buffer.from([1, 2, 3]));
    peer.delta('item_of_nobody', 20, 2);
    await arrived(peer);
    await caller.listen(400);
    expect(caller.ended).toBeNull();
    expect(heard(caller, 1)).toBe(200);
    expect(log.lines).toHaveLength(2);
    expect(log.lines.join()).not.toContain(REALTIME_KEY);
  });

  it('reports facts that do not fit to the model, and ends nothing', async () => {
    const { caller, peer } = await connect();
    peer.use('set_facts', 'call_1', { more: 'x'.repeat(17_000) });
    await arrived(peer);
    expect(peer.outputs).toMatchObject([{ output: { ok: false } }]);
    expect(caller.ended).toBeNull();
  });

  it('closes the socket in order when the call ends', async () => {
    const { caller, peer } = await connect();
    peer.say(5_000, 1);
    peer.use('hang_up', 'call_1', {});
    await arrived(peer);
    await caller.press('1');
    await caller.hangUp();
    await until(() => peer.closeCode !== null);
    expect(peer.closeCode).toBe(1000);
    await caller.say(100);
    expect(caller.afterEnd).toEqual([]);
  });

  it('stops connecting if the call ends meanwhile', async () => {
    const caller = await dial();
    await caller.hangUp();
    await new Promise((next) => setTimeout(next, 100));
    for (const peer of server.peers) await until(() => peer.closeCode !== null);
    expect(caller.ended).toBe('caller');
    expect(server.peers.flatMap(({ events }) => events).length).toBeLessThanOrEqual(1);
  });

  it.each<[string, Record<string, unknown>, string | null]>([
    ['two tools of one name', { tools: [tool('a'), tool('a')] }, 'more than once'],
    ['a tool that is built in', { tools: [tool('set_facts')] }, 'more than once'],
    ['arguments that are no object', { tools: [tool('a', { type: 'string' })] }, '"object"'],
    ['tools too large', { tools: [tool('a', { type: 'object', x: 'x'.repeat(70_000) })] }, 'bytes'],
    [
      'a threshold for the wrong detection',
      { turn_detection: 'semantic_vad', vad_threshold: 0.5 },
      'server_vad only',
    ],
    ['an eagerness for the wrong detection', { eagerness: 'low' }, 'semantic_vad only'],
    ['a good tool', { tools: [tool('a', { type: 'object', properties: {} })] }, null],
  ])('options with %s', async (_, options, why) => {
    const problems = agent().problemsWith({ instructions: 'x', ...options });
    expect(problems).toEqual(why === null ? [] : [expect.stringContaining(why)]);
  });

  it('cannot be chosen or used without a key', async () => {
    const problems = agent(null).problemsWith({ instructions: 'x' });
    expect(problems).toEqual(['OPENAI_API_KEY is not set']);
    const caller = await dial({}, agent(null));
    expect(await failureOf(caller)).toBe('OPENAI_API_KEY is not set');
  });

  it('sends silence unchanged', async () => {
    const { caller, peer } = await connect();
    await caller.listen(40);
    await arrived(peer);
    expect(peer.heard.equals(Buffer.alloc(320, QUIET))).toBe(true);
  });
});

function tool(name: string, parameters?: Record<string, unknown>): object {
  return { name, description: 'It.', ...(parameters ? { parameters } : {}) };
}
