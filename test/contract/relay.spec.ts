import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RelayAgent } from '../../src/agents/relay/relay.agent.js';
import { agentAcceptance } from '../../src/agents/test-kit/agent-acceptance.js';
import { ScriptedCaller } from '../../src/agents/test-kit/scripted-caller.js';
import { RelaySettings } from '../../src/agents/relay/relay.variables.js';
import { TwilioBot, type BotStream } from '../support/twilio-bot.js';
import { expectQuick, LONG, until } from '../support/patience.js';

const agent = (): RelayAgent => new RelayAgent(new RelaySettings({ allowedHosts: ['127.0.0.1'] }));

/** A second in which no stretch is like another. */
const SPEECH = randomBytes(8_000);

describe('relay', () => {
  let bot: TwilioBot;
  const options = { url: '' };

  beforeEach(async () => {
    bot = new TwilioBot();
    await bot.listen();
    options.url = bot.url;
  });
  afterEach(() => bot.die());

  agentAcceptance({
    create: agent,
    options,
    resumption: {
      moves: LONG ? 200 : 20,
      script: async (caller) => {
        bot.onMedia = () => undefined;
        const stream = await until(() => bot.streams.at(-1));
        bot.say(stream, SPEECH.toString('base64'));
        await until(() => caller.waitingMs === 1_000);
        await caller.hearOut();
        await caller.hangUp();
      },
    },
    badOptions: [
      {},
      { url: 'wss://10.0.0.1/' },
      { url: 'wss://[::ffff:0:7f00:1]/' },
      { url: 'wss://168.63.129.16/' },
      { url: 'wss://localhost./' },
      { url: 'wss://metadata.google.internal./' },
      { url: 'https://bot.example.com/' },
    ],
  });

  it('is, for the bot, a new stream of the same call when the call is moved, and the old one does not stop', async () => {
    bot.onMedia = () => undefined;
    const caller = new ScriptedCaller(agent(), { options });
    await caller.connect();
    const first = bot.streams[0] as BotStream;
    const closed = once(first.socket, 'close');
    bot.say(first, SPEECH.toString('base64'));
    first.socket.send(
      JSON.stringify({ event: 'mark', streamSid: first.streamSid, mark: { name: 'said' } }),
    );
    await until(() => caller.waitingMs === 1_000);
    await caller.listen(400);
    await caller.move({ to: agent() });
    const [code] = (await closed) as [number];
    expect([code, first.stopped, first.marks]).toEqual([1012, false, []]);
    const second = bot.streams[1] as BotStream;
    expect(second.start.callSid).toBe(first.start.callSid);
    expect(second.streamSid).not.toBe(first.streamSid);
    expect(first.start.customParameters['patchbay_resumed']).toBeUndefined();
    expect(second.start.customParameters['patchbay_resumed']).toBe('moved');
    await caller.hearOut();
    expect(Buffer.concat(caller.heard)).toEqual(
      Buffer.concat([SPEECH.subarray(0, 400 * 8), SPEECH.subarray(200 * 8)]),
    );
    await caller.hangUp();
    await until(() => second.stopped);
    expect(bot.mistakes).toEqual([]);
  });

  it('tells a bot that the call comes from a process that died', async () => {
    const caller = new ScriptedCaller(agent(), { options });
    await caller.connect();
    await caller.crash({ to: agent() });
    await until(() => bot.streams.length === 2);
    expect(bot.streams[1]?.start.customParameters['patchbay_resumed']).toBe('lost');
    await caller.hangUp();
  });

  it('counts a loss of the bot as one, however often the call was moved', async () => {
    const caller = new ScriptedCaller(agent(), { options });
    await caller.connect();
    await caller.move();
    await caller.move();
    bot.streams[2]?.socket.terminate();
    await until(() => bot.streams.length === 4);
    expect(caller.facts).toEqual({ relay_reconnects: 1 });
    await caller.hangUp();
  });

  it('calls no bot that was saved while its host was still allowed', async () => {
    const settings = new RelaySettings();
    const caller = new ScriptedCaller(new RelayAgent(settings), { options });
    await caller.connect();
    expect(String(caller.failure)).toContain('AGENT_ALLOWED_HOSTS');
    expect(String(caller.failure)).toContain('the bot is not called');
    expect(bot.streams).toEqual([]);
  });

  it('keeps no more than 900 frames for a bot that does not read, and goes on when it does', async () => {
    bot.onMedia = () => undefined;
    const caller = new ScriptedCaller(agent(), { options });
    await caller.connect();
    const stream = bot.streams[0];
    if (!stream) throw new Error('no stream');
    stream.socket.pause();
    // More than all the buffers between here and there hold.
    const frames = 35_000;
    await caller.say(frames * 20);
    stream.socket.resume();
    /** A key comes after all that was said before it. */
    const arrived = async (): Promise<number> => {
      const keys = stream.digits.length;
      await caller.press('1');
      await until(() => stream.digits.length > keys);
      return stream.frames;
    };
    const first = await arrived();
    expect(first).toBeLessThan(frames);
    await caller.say(200);
    expect(await arrived()).toBe(first + 10);
    expect(bot.mistakes).toEqual([]);
    await caller.hangUp();
  });

  it('gives up a bot that is reached and never reads, once it has been so twice', async () => {
    const doNotFake = ['setImmediate', 'nextTick', 'queueMicrotask'] as const;
    jest.useFakeTimers({ doNotFake: [...doNotFake] });
    try {
      bot.onStart = ({ socket }) => socket.pause();
      const caller = new ScriptedCaller(agent(), { options });
      await caller.connect();
      const lost = async (times: number): Promise<void> => {
        while (bot.streams.length < times) await turnOfTheLoop();
        await jest.advanceTimersByTimeAsync(46_000);
      };
      await lost(1);
      expect(caller.ended).toBeNull();
      while (bot.streams.length < 2) await jest.advanceTimersByTimeAsync(100);
      await lost(2);
      while (caller.ended === null) await turnOfTheLoop();
      expect(String(caller.failure)).toContain('the bot is lost');
    } finally {
      jest.useRealTimers();
    }
  });

  it('gives up a bot that sends without end, whatever it is', async () => {
    const caller = new ScriptedCaller(agent(), { options });
    await caller.connect();
    const { socket } = bot.streams[0] as BotStream;
    const junk = JSON.stringify({ event: 'x', more: 'x'.repeat(900_000) });
    while (caller.ended === null) await new Promise((sent) => socket.send(junk, sent));
    expect(String(caller.failure)).toContain('more than can be heard');
    while (socket.readyState !== socket.CLOSED) await turnOfTheLoop();
  });

  describe('is as tolerant as Twilio', () => {
    const connect = async () => {
      bot.onMedia = () => undefined;
      const caller = new ScriptedCaller(agent(), { options });
      await caller.connect();
      const stream = bot.streams[0] as BotStream;
      const say = (message: object): void =>
        stream.socket.send(JSON.stringify({ streamSid: stream.streamSid, ...message }));
      return { caller, stream, say };
    };
    const media = (bytes: number) => ({
      event: 'media',
      media: { payload: Buffer.alloc(bytes, 1).toString('base64') },
    });

    it('of two and a half minutes in one message, and of what is beyond ten minutes', async () => {
      const { caller, say } = await connect();
      say(media(150_000 * 8));
      await until(() => caller.waitingMs === 150_000);
      for (let n = 0; n < 4; n += 1) say(media(150_000 * 8));
      await until(() => caller.notes.length > 0);
      expect(caller.waitingMs).toBe(600_000);
      expect(caller.notes).toEqual([
        { what: 'twilio_31931', detail: { reason: expect.stringContaining('ten minutes') } },
      ]);
      await caller.listen(100);
      say(media(80 * 8));
      await until(() => caller.waitingMs === 599_980);
      expect(caller.ended).toBeNull();
      await caller.hangUp();
    });

    it('of a mark after each of 1,500 pieces, as unmodified agents send them, and returns all', async () => {
      const { caller, stream, say } = await connect();
      for (let n = 0; n < 1_500; n += 1) {
        say(media(160));
        say({ event: 'mark', mark: { name: `item:${n}` } });
      }
      await until(() => caller.waitingMs === 30_000);
      await caller.listen(1_000);
      await until(() => stream.marks.length >= 50);
      say({ event: 'clear' });
      await until(() => stream.marks.length === 1_500);
      expect([caller.ended, stream.marks[0], stream.marks.at(-1)]).toEqual([
        null,
        'item:0',
        'item:1499',
      ]);
      expect(bot.streams).toHaveLength(1);
      await caller.hangUp();
    });

    it('of what it would warn of, which the timeline is told, each kind once', async () => {
      const { caller, stream, say } = await connect();
      for (let n = 0; n < 3; n += 1) {
        stream.socket.send(Buffer.from([1, 2, 3]));
        stream.socket.send('no JSON');
        say({ ...media(160), streamSid: undefined, stream_sid: stream.streamSid });
        say({ event: 'media', media: { payload: 'data:audio/basic;base64,AAAA' } });
      }
      say({ ...media(160), extra: 1 });
      await until(() => caller.waitingMs === 20);
      expect(caller.notes.map(({ what }) => what)).toEqual([
        'twilio_31950',
        ...Array.from({ length: 4 }, () => 'twilio_31951'),
      ]);
      await caller.hangUp();
    });

    it('but not of a message that no call could hold', async () => {
      const { caller, stream } = await connect();
      stream.socket.send('x'.repeat(9 * 1024 * 1024));
      await until(() => caller.ended !== null);
      expect(String(caller.failure)).toContain('8 MiB');
      expect(bot.streams).toHaveLength(1);
    });
  });

  it('that is led on by a handshake without an end gives up within ten seconds', async () => {
    const dripping = createServer((socket) => {
      const drip = setInterval(() => socket.write('X'), 500);
      socket.write('HTTP/1.1 101 Switching Protocols\r\nX-Long: ');
      socket.on('error', () => undefined);
      socket.on('close', () => clearInterval(drip));
    });
    dripping.listen(0, '127.0.0.1');
    await once(dripping, 'listening');
    const { port } = dripping.address() as AddressInfo;
    const begunAt = performance.now();
    const caller = new ScriptedCaller(agent(), { options: { url: `ws://127.0.0.1:${port}/` } });
    await caller.connect();
    expectQuick(performance.now() - begunAt, 9_900);
    expect(String(caller.failure)).toContain('ETIMEDOUT');
    await new Promise((closed) => dripping.close(closed));
  });

  it('that cannot reach its bot says so', async () => {
    await bot.die();
    const caller = new ScriptedCaller(agent(), { options: { url: 'ws://127.0.0.1:9/' } });
    const connecting = caller.connect();
    await new Promise((next) => setTimeout(next, 300));
    await caller.hangUp();
    await connecting;
    expect(caller.ended).toBe('caller');
  });
});
