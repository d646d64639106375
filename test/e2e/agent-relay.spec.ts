import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import twilio from 'twilio';
import { THEIR_NUMBER } from '../support/gateway.js';
import { StreamBench } from '../support/streams.js';
import { TwilioBot } from '../support/twilio-bot.js';
import { expectQuick, LONG } from '../support/patience.js';

describe('the agent relay', () => {
  let bench: StreamBench;
  let bot: TwilioBot;

  beforeAll(async () => {
    bench = await StreamBench.start({
      carrier: { behaviour: {} },
      env: { AGENT_ALLOWED_HOSTS: '127.0.0.1' },
    });
  });
  afterAll(() => bench.stop());
  beforeEach(async () => {
    bot = new TwilioBot();
    await bot.listen();
  });
  afterEach(() => bot.die());

  const workflow = (options: Record<string, unknown>) =>
    bench.api.request<{ workflow_id: number; agent_options: Record<string, unknown> }>(
      'POST',
      '/workflows',
      { name: 'relay', agent: 'relay', agent_options: options },
    );
  const call = async (options: Record<string, unknown> = {}, context = {}) => {
    const made = await workflow({ url: bot.url, ...options });
    expect(made.status).toBe(201);
    const placed = await bench.api.place({
      to: THEIR_NUMBER,
      workflow_id: made.body.workflow_id,
      context,
    });
    const phone = await bench.gateway.carrier.waitForCall(
      (one) => one.sid === placed.provider_call_id,
    );
    await phone.streamStarted;
    return { phone, runId: placed.workflow_run_id };
  };
  const stream = async (n = 1) => {
    await bench.until(() => bot.streams.length >= n);
    const found = bot.streams[n - 1];
    if (!found) throw new Error('no stream');
    return found;
  };
  const end = (runId: number) => bench.api.until(runId, ({ ended_at: at }) => at !== null, 20_000);

  it('lets a bot written for Twilio hear and be heard, unchanged', async () => {
    const { phone, runId } = await call({ parameters: { persona: 'Zoë' } }, { order: 7, deep: {} });
    const found = await stream();
    await bench.until(() => phone.heardAudio.length >= 100 * 160);
    phone.sendDigits('5#');
    await bench.until(() => found.digits.length === 2);
    phone.hangUp();
    await bench.until(() => found.stopped);
    expect(found.start).toMatchObject({
      callSid: phone.sid,
      accountSid: bench.gateway.carrier.accountSid,
      customParameters: {
        persona: 'Zoë',
        order: '7',
        from: expect.stringMatching(/^\+1/),
        to: THEIR_NUMBER,
        direction: 'outbound',
        workflow_run_id: String(runId),
      },
    });
    expect(found.start.customParameters).not.toHaveProperty('deep');
    expect(found.start.customParameters).not.toHaveProperty('simulated');
    expect(found.digits).toEqual(['5', '#']);
    const said = Buffer.concat([...phone.sentFrames]);
    expect(said.indexOf(phone.heardAudio.subarray(0, 8_000))).toBeGreaterThanOrEqual(0);
    expect(bot.mistakes).toEqual([]);
  });

  it('paces the bot, clears at once, and returns every mark once, in order', async () => {
    bot.onMedia = () => undefined;
    const { phone } = await call();
    const found = await stream();
    const { socket, streamSid } = found;
    const send = (message: object) => socket.send(JSON.stringify({ streamSid, ...message }));
    bot.say(found, Buffer.alloc(800, 1).toString('base64'));
    send({ event: 'mark', mark: { name: 'played' } });
    await bench.until(() => found.marks.length === 1);
    bot.say(found, Buffer.alloc(80_000, 2).toString('base64'));
    send({ event: 'mark', mark: { name: 'a:b' } });
    send({ event: 'mark', mark: { name: 'c' } });
    send({ event: 'clear' });
    await bench.until(() => found.marks.length === 3);
    expect(found.marks).toEqual(['played', 'a:b', 'c']);
    await new Promise((next) => setTimeout(next, 100));
    expect(phone.heardAudio.length).toBeLessThan(LONG ? 800 + 2_000 : 40_000);
    socket.send('not JSON');
    socket.send(Buffer.from([1, 2, 3]));
    send({ event: 'unknown' });
    send({ event: 'media', streamSid: 'MZother', media: { payload: 'AAAA' } });
    bot.say(found, Buffer.alloc(160, 3).toString('base64'));
    await bench.until(() => phone.heardAudio.includes(3));
    phone.hangUp();
  });

  it('signs the handshake as Twilio does, and never shows the token', async () => {
    const token = 'the-bots-own-token';
    const made = await workflow({ url: bot.url, auth_token: token });
    expect(made.body.agent_options).toEqual({ url: bot.url });
    const { phone } = await call({ auth_token: token });
    const { request } = await stream();
    const signature = String(request.headers['x-twilio-signature']);
    expect(twilio.validateRequest(token, signature, bot.url, {})).toBe(true);
    phone.hangUp();
  });

  it('a bot that closes in order has finished: the call is hung up', async () => {
    const { phone, runId } = await call();
    (await stream()).socket.close(1000);
    expect(await phone.ended).toBe('completed');
    expect(await end(runId)).toMatchObject({ end_reason: 'agent_hangup' });
  });

  it('a bot that is restarted gets a new stream of the same call', async () => {
    const { phone, runId } = await call();
    const first = await stream();
    await bot.die();
    await new Promise((next) => setTimeout(next, 500));
    await bot.listen();
    const second = await stream(2);
    expect(second.start.callSid).toBe(first.start.callSid);
    expect(second.streamSid).not.toBe(first.streamSid);
    const heard = phone.heardAudio.length;
    await bench.until(() => phone.heardAudio.length > heard + 1_600);
    phone.hangUp();
    expect(await end(runId)).toMatchObject({ facts: { relay_reconnects: 1 } });
    expect(bot.mistakes).toEqual([]);
  });

  it('a new stream begins with nothing waiting: what the bot before it said is given up', async () => {
    bot.onMedia = () => undefined;
    const { phone } = await call();
    bot.say(await stream(), Buffer.alloc(480_000, 4).toString('base64'));
    await bench.until(() => phone.heardAudio.length > 1_600);
    await bot.die();
    await bot.listen();
    const second = await stream(2);
    bot.say(second, Buffer.alloc(1_600, 5).toString('base64'));
    await bench.until(() => phone.heardAudio.includes(5));
    expect(phone.heardAudio.length).toBeLessThan(400_000);
    phone.hangUp();
  });

  it('a bot that dies whenever it is told of the call is given up within ten seconds', async () => {
    bot.onStart = ({ socket }) => socket.terminate();
    const { phone, runId } = await call();
    await stream();
    const lostAt = Date.now();
    await phone.ended;
    expectQuick(Date.now() - lostAt, 13_000);
    expect((await end(runId)).end_reason).toBe('agent_failed');
    expect(bot.streams.length).toBeGreaterThan(3);
  });

  it('a bot that stays away is given up within ten seconds: agent_failed, and why', async () => {
    const { phone, runId } = await call();
    await stream();
    const lostAt = Date.now();
    await bot.die();
    await phone.ended;
    expectQuick(Date.now() - lostAt, 13_000);
    const ended = await end(runId);
    expect(ended.end_reason).toBe('agent_failed');
    expect(ended.events.find(({ type }) => type === 'agent')?.detail).toMatchObject({
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it.each([
    ['ws://bot.example.com/', 'must be wss'],
    ['wss://10.0.0.1/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://localhost/', 'AGENT_ALLOWED_HOSTS'],
    ['wss://bot.example.com/#x', 'fragment'],
    ['nonsense', 'must be a URL'],
  ])('%s is refused when the workflow is saved: %s', async (url, why) => {
    const reply = await workflow({ url });
    expect(reply.status).toBe(400);
    expect(JSON.stringify(reply.body)).toContain(why);
  });
});
