import { afterEach, describe, expect, it } from '@jest/globals';
import { OURS, sleep, SpecPair, STREAM_TWIML, THEIRS } from './spec-carrier.js';
import { PUBLIC_ORIGIN } from './spec-gateway.js';
import { until } from '../../test/support/patience.js';

let pair: SpecPair;

afterEach(() => pair.stop());

const twiml = (verbs: string) => `<Response>${verbs}</Response>`;

describe('a call placed by REST', () => {
  it('is dialled, answered, streamed, echoed and hung up, all signed and without a violation', async () => {
    pair = await SpecPair.start();
    const { gateway, carrier } = pair;
    const call = await pair.dial();
    await until(() => call.heardAudio.length > 60 * 160);
    call.hangUp();
    await call.settled;
    expect(carrier.alerts).toEqual([]);
    expect(call.status).toBe('completed');
    expect(pair.statuses('/status')).toEqual(['initiated', 'ringing', 'in-progress', 'completed']);
    const sequence = gateway.seen('/status').map(({ fields }) => fields.get('SequenceNumber'));
    expect(sequence).toEqual(['0', '1', '2', '3']);
    expect(pair.statuses('/voice')).toEqual(['in-progress']);
    expect(pair.statuses('/action')).toEqual(['completed']);
    expect(gateway.requests.every(({ signed }) => signed)).toBe(true);
    expect(gateway.upgrades).toMatchObject([{ signed: true }]);
    const echo = call.compareEcho();
    expect(echo.fraction).toBeGreaterThanOrEqual(0.99);
    expect(echo.echoedFrames).toBeGreaterThanOrEqual(60);
  });

  it('carries the fields of a voice request, with empty place fields', async () => {
    pair = await SpecPair.start();
    pair.gateway.twiml = twiml('<Hangup/>');
    const call = await pair.dial();
    await call.settled;
    const fields = Object.fromEntries(pair.gateway.seen('/voice')[0]?.fields ?? []);
    expect(fields).toMatchObject({
      CallSid: call.sid,
      AccountSid: pair.carrier.accountSid,
      From: OURS,
      Caller: OURS,
      To: THEIRS,
      Called: THEIRS,
      Direction: 'outbound-api',
      ApiVersion: '2010-04-01',
      FromCity: '',
      CalledCountry: '',
    });
    expect(fields).not.toHaveProperty('AnsweredBy');
  });

  it('reports duration, billed minutes and SIP code at its end, and not before', async () => {
    pair = await SpecPair.start({ behaviour: { hangUpAfterMs: 600 } });
    const call = await pair.dial();
    await call.settled;
    const [first, , , last] = pair.gateway.seen('/status');
    const seconds = String(call.durationSeconds);
    expect(Number(seconds)).toBeGreaterThanOrEqual(1);
    expect(first?.fields.has('CallDuration')).toBe(false);
    expect(Object.fromEntries(last?.fields ?? [])).toMatchObject({
      CallStatus: 'completed',
      CallDuration: seconds,
      Duration: '1',
      SipResponseCode: '200',
      CallbackSource: 'call-progress-events',
    });
    expect(last?.fields.get('Timestamp')).toMatch(/^\w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000$/);
  });

  it.each([
    ['busy', {}, 'busy', '486'],
    ['no-answer', { ringMs: 20 }, 'no-answer', '487'],
    ['failed', {}, 'failed', '404'],
    ['reject', {}, 'failed', '603'],
    ['failed', { sipCode: 503 }, 'failed', '503'],
  ] as const)(
    'that ends as %s %j never asks for instructions',
    async (outcome, more, status, sip) => {
      pair = await SpecPair.start({ behaviours: { [THEIRS]: { outcome, ...more } } });
      const call = await pair.dial();
      expect(await call.ended).toBe(status);
      await call.settled;
      expect(pair.gateway.seen('/voice')).toEqual([]);
      const last = pair.gateway.seen('/status').at(-1)?.fields;
      expect(last?.get('CallStatus')).toBe(status);
      expect(last?.get('SipResponseCode')).toBe(sip);
      expect(last?.get('CallDuration')).toBe('0');
    },
  );

  it('is not answered after its Timeout', async () => {
    pair = await SpecPair.start({ behaviour: { ringMs: 60_000 } });
    expect(await (await pair.dial({ Timeout: '1' })).ended).toBe('no-answer');
  });

  it('sends callbacks for the subscribed events only; without any, for the end', async () => {
    pair = await SpecPair.start({ behaviour: { outcome: 'busy' } });
    await (
      await pair.dial({ StatusCallbackEvent: 'ringing' })
    ).settled;
    await (
      await pair.dial({ StatusCallbackEvent: 'completed' })
    ).settled;
    expect(pair.statuses('/status')).toEqual(['ringing', 'busy']);
  });

  it('can run TwiML that was given with the request', async () => {
    pair = await SpecPair.start();
    const call = await pair.dial({ Url: '', Twiml: twiml('<Say>Hello</Say>') });
    await call.settled;
    expect(call.spoken).toEqual(['Hello']);
    expect(call.status).toBe('completed');
  });

  it('is hung up by REST; its stream is stopped and its action is told', async () => {
    pair = await SpecPair.start();
    const call = await pair.dial();
    const stream = await call.streamStarted;
    await pair.update(call, { Status: 'completed' });
    await call.settled;
    expect(await stream.ended).toBe('stopped');
    expect(pair.gateway.messages.at(-1)).toMatchObject({ event: 'stop' });
    expect(pair.statuses('/action')).toEqual(['completed']);
  });

  it('is redirected by REST to other instructions', async () => {
    pair = await SpecPair.start();
    const call = await pair.dial();
    const stream = await call.streamStarted;
    await pair.update(call, { Twiml: twiml('<Say>Elsewhere</Say>') });
    await call.settled;
    expect(await stream.ended).toBe('stopped');
    expect(call.spoken).toEqual(['Elsewhere']);
    expect(pair.gateway.seen('/action')).toEqual([]);
  });

  it('is redirected to another stream: `stop` to the old one, and its own close is not awaited', async () => {
    pair = await SpecPair.start();
    const call = await pair.dial();
    const stream = await call.streamStarted;
    await until(() => stream.framesSent > 3);
    // A gateway that hangs reads nothing, and so answers no close.
    pair.gateway.sockets[0]?.pause();
    await pair.update(call, { Twiml: STREAM_TWIML.replace('t-1', 't-2') });
    const second = await call.streamNumber(2);
    await until(() => second.framesSent > 3);
    expect(stream.open).toBe(true);
    expect(second.plan.parameters).toEqual({ token: 't-2' });
    pair.gateway.sockets[0]?.resume();
    expect(await stream.ended).toBe('stopped');
    const ofFirst = pair.gateway.messages.filter(({ streamSid }) => streamSid === stream.sid);
    expect(ofFirst.at(-1)).toMatchObject({ event: 'stop' });
    expect(pair.gateway.seen('/action')).toEqual([]);
    expect(pair.codes).toEqual([]);
  });

  it('whose new instructions have a relative action is warned of: 15004', async () => {
    pair = await SpecPair.start();
    const call = await pair.dial();
    await call.streamStarted;
    await pair.update(call, { Twiml: STREAM_TWIML.replace(`${PUBLIC_ORIGIN}/action`, '/action') });
    await call.streamNumber(2);
    pair.gateway.sockets[1]?.close(1012);
    await call.settled;
    expect(pair.codes).toEqual([15_004]);
  });

  it('asks what follows a stream after a while, where that is how it behaves', async () => {
    pair = await SpecPair.start({ behaviour: { stream: { asksAfterMs: 60 } } });
    const call = await pair.dial();
    await call.streamStarted;
    const closedAt = performance.now();
    pair.gateway.sockets[0]?.close(1012);
    await until(() => pair.gateway.seen('/action').length > 0);
    expect(performance.now() - closedAt).toBeGreaterThanOrEqual(60);
  });

  it('that never asks stays as it is until it is redirected', async () => {
    pair = await SpecPair.start({ behaviour: { stream: { asksAfterMs: null } } });
    const call = await pair.dial();
    const stream = await call.streamStarted;
    pair.gateway.sockets[0]?.close(1012);
    expect(await stream.ended).toBe('server-closed');
    await pair.update(call, { Twiml: twiml('<Say>Still there</Say>') });
    await call.settled;
    expect(call.spoken).toEqual(['Still there']);
    expect(pair.gateway.seen('/action')).toEqual([]);
  });

  it('ends at its TimeLimit', async () => {
    pair = await SpecPair.start();
    const call = await pair.dial({ TimeLimit: '1' });
    await call.settled;
    expect(call.durationSeconds).toBeGreaterThanOrEqual(1);
  });
});

describe('machine detection', () => {
  it('delays the answer request and is reported with it', async () => {
    pair = await SpecPair.start({ behaviour: { answeredBy: 'machine_start', hangUpAfterMs: 500 } });
    await (
      await pair.dial({ MachineDetection: 'Enable' })
    ).settled;
    expect(pair.gateway.seen('/voice')[0]?.fields.get('AnsweredBy')).toBe('machine_start');
    expect(pair.gateway.seen('/status').at(-1)?.fields.get('AnsweredBy')).toBe('machine_start');
  });

  it('is reported separately when asynchronous', async () => {
    pair = await SpecPair.start({ behaviour: { hangUpAfterMs: 600 } });
    const call = await pair.dial({
      MachineDetection: 'Enable',
      AsyncAmd: 'true',
      AsyncAmdStatusCallback: `${PUBLIC_ORIGIN}/amd`,
    });
    await call.settled;
    expect(pair.gateway.seen('/voice')[0]?.fields.has('AnsweredBy')).toBe(false);
    expect(Object.fromEntries(pair.gateway.seen('/amd')[0]?.fields ?? [])).toEqual({
      CallSid: call.sid,
      AccountSid: pair.carrier.accountSid,
      AnsweredBy: 'human',
      MachineDetectionDuration: '200',
    });
  });
});

describe('a call that comes in', () => {
  it('asks while it rings, is answered by its stream, and sends its number’s callback once', async () => {
    pair = await SpecPair.start();
    const call = pair.carrier.callIn({ from: 'anonymous' });
    await call.streamStarted;
    call.hangUp();
    await call.settled;
    expect(pair.statuses('/voice')).toEqual(['ringing']);
    expect(pair.statuses('/action')).toEqual(['completed']);
    expect(pair.statuses('/number-status')).toEqual(['completed']);
    expect(pair.gateway.seen('/voice')[0]?.fields.get('Direction')).toBe('inbound');
    expect(pair.carrier.violations).toEqual([]);
  });

  it.each([
    ['<Reject/>', 'no-answer'],
    ['<Reject reason="busy"/>', 'busy'],
    ['<Pause length="0"/><Reject reason="busy"/>', 'busy'],
    ['<Hangup/>', 'completed'],
    ['', 'completed'],
  ])('that gets %s ends as %s', async (verbs, status) => {
    pair = await SpecPair.start();
    pair.gateway.twiml = twiml(verbs);
    const call = pair.carrier.callIn();
    expect(await call.ended).toBe(status);
    expect(call.answeredAt === null).toBe(status !== 'completed');
  });

  it('may give up before it is answered', async () => {
    pair = await SpecPair.start();
    pair.gateway.replies['/voice'] = { afterMs: 300, status: 200, body: STREAM_TWIML };
    const call = pair.carrier.callIn({ behaviour: { giveUpAfterMs: 50 } });
    await call.settled;
    expect(call.status).toBe('no-answer');
    expect(pair.gateway.upgrades).toEqual([]);
  });

  it('needs a number of the account', async () => {
    pair = await SpecPair.start();
    expect(() => pair.carrier.callIn({ to: THEIRS })).toThrow("not one of this account's");
  });
});

describe('instructions', () => {
  it('follow Redirect and action, relative to the document', async () => {
    pair = await SpecPair.start();
    pair.gateway.twiml = twiml('<Redirect>next?a=1&amp;b=2</Redirect>');
    pair.gateway.replies['/next'] = {
      status: 200,
      body: twiml('<Connect action="after"><Stream url="wss://gateway.example/ws"/></Connect>'),
    };
    pair.gateway.replies['/after'] = { status: 200, body: twiml('<Say>Bye</Say>') };
    const call = await pair.dial();
    await call.streamStarted;
    pair.gateway.sockets[0]?.close(1000);
    await call.settled;
    expect(pair.statuses('/after')).toEqual(['in-progress']);
    expect(pair.gateway.requests.every(({ signed }) => signed)).toBe(true);
    expect(call.spoken).toEqual(['Bye']);
    expect(pair.codes).toEqual([]);
    expect(pair.carrier.alerts).toMatchObject([{ code: 31_921, level: 'notice' }]);
  });

  it('go on with the next verb after a stream without action', async () => {
    pair = await SpecPair.start();
    pair.gateway.twiml = twiml(
      '<Connect><Stream url="wss://gateway.example/ws"/></Connect><Say>Next</Say>',
    );
    const call = await pair.dial();
    await call.streamStarted;
    pair.gateway.sockets[0]?.close(1011);
    await call.settled;
    expect(call.spoken).toEqual(['Next']);
    expect(call.stream?.closeCode).toBe(1011);
  });

  it('that fail are fetched from the fallback, with the error', async () => {
    pair = await SpecPair.start();
    pair.gateway.replies['/voice'] = { status: 500 };
    pair.gateway.replies['/fallback'] = { status: 200, body: twiml('<Say>Sorry</Say>') };
    const call = await pair.dial({ FallbackUrl: `${PUBLIC_ORIGIN}/fallback` });
    await call.settled;
    const fields = pair.gateway.seen('/fallback')[0]?.fields;
    expect(fields?.get('ErrorCode')).toBe('11200');
    expect(fields?.get('ErrorUrl')).toBe(`${PUBLIC_ORIGIN}/voice`);
    expect(call.spoken).toEqual(['Sorry']);
    expect(pair.codes).toEqual([11_200]);
  });

  it('that fail without a fallback end the call', async () => {
    pair = await SpecPair.start();
    pair.gateway.twiml = '<Response><Oops></Response>';
    expect(await (await pair.dial()).ended).toBe('completed');
    expect(pair.codes).toEqual([12_100]);
  });

  it.each([
    ['<Stream url="https://gateway.example/ws"/>', 31_922],
    ['<Stream url="wss://"/>', 31_923],
    ['<Stream/>', 31_923],
    ['<Stream url="wss://gateway.example/ws" track="both_tracks"/>', 31_941],
  ])('with %s open no stream', async (stream, code) => {
    pair = await SpecPair.start();
    pair.gateway.twiml = twiml(`<Connect>${stream}</Connect><Say>Next</Say>`);
    const call = await pair.dial();
    await call.settled;
    expect(pair.codes).toEqual([code]);
    expect(pair.gateway.upgrades).toEqual([]);
    expect(call.spoken).toEqual(['Next']);
  });
});

describe('a carrier that stops', () => {
  it('ends live calls and streams without telling the gateway', async () => {
    pair = await SpecPair.start();
    const call = await pair.dial();
    await call.streamStarted;
    await until(() => pair.statuses('/status').includes('in-progress'));
    const told = pair.gateway.requests.length;
    await pair.carrier.stop();
    await sleep(50);
    expect(pair.gateway.requests).toHaveLength(told);
    expect(await call.ended).toBe('completed');
    expect(pair.codes).toEqual([]);
  });
});
