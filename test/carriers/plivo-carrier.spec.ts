import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { pcmBytes } from '../../src/audio/pcm.js';
import { mulawToWav } from '../../tools/carrier/media/wav.js';
import type { SentRequest } from '../../tools/carrier/gateway-place.js';
import type { EndingName, ExchangeCall } from '../../tools/carrier/plivo/exchange-call.js';
import { PlivoExchange } from '../../tools/carrier/plivo/exchange.js';
import { Api, type CallJson } from '../support/api.js';
import type { DiagnosisJson } from '../support/diagnosis.js';
import { PUBLIC_ORIGIN, THEIR_NUMBER } from '../support/gateway.js';
import { LONG, until } from '../support/patience.js';
import {
  PLIVO_NUMBER,
  startPlivoGateway,
  VOBIZ_NUMBER,
  type PlivoGateway,
} from '../support/plivo-gateway.js';

const PERSON = '+12025550177';
import { mulawFrames, speech, tone } from '../support/test-signals.js';

/** What the pages leave open is one way at one of the two, and the other way at the other. */
const OTHERWISE = {
  ringAt: 'answer_url',
  namesRequest: false,
  requestAsList: true,
  extraHeadersAs: 'json',
  saysStop: true,
  returnsCleared: true,
  refusalAs: 'text',
} as const;

/** The status with which an upgrade is refused. */
const refusedUpgrade = (url: string): Promise<number> =>
  new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.once('unexpected-response', (request, { statusCode }) => {
      request.destroy();
      resolve(statusCode ?? 0);
    });
    socket.once('open', () => resolve(101));
    socket.on('error', () => undefined);
  });

let gateway: PlivoGateway;
let api: Api;
let mediaDir: string;

beforeAll(async () => {
  mediaDir = await mkdtemp(join(tmpdir(), 'patchbay-sounds-'));
  await writeFile(join(mediaDir, 'long.wav'), mulawToWav(Buffer.alloc(8_000 * 60, 0x10)));
  gateway = await startPlivoGateway(
    {
      MEDIA_DIR: mediaDir,
      RECONCILE_AFTER_SECONDS: '1',
      RECONCILE_INTERVAL_SECONDS: '1',
      STREAM_GRACE_SECONDS: '2',
    },
    { vobiz: OTHERWISE },
  );
  api = new Api(gateway);
});
afterAll(async () => {
  await gateway.stop();
  await rm(mediaDir, { recursive: true, force: true });
});

/** The whole service over real HTTP and real sockets, beside strict simulators of both carriers. */
describe.each(['plivo', 'vobiz'] as const)('calls through %s', (account) => {
  const number = account === 'plivo' ? PLIVO_NUMBER : VOBIZ_NUMBER;
  const base = `${PUBLIC_ORIGIN}/api/v1/telephony/accounts/${account}`;
  const exchange = (): PlivoExchange => gateway[account];
  // What the two have in common is tried with one of them, unless there is time.
  const whole = account === 'plivo' || LONG ? it : it.skip;

  afterEach(() => {
    exchange().courier.delivery = 'once';
    expect(exchange().violations).toEqual([]);
  });

  const become = (run: CallJson, fields: Partial<CallJson>) => api.become(run, fields);
  const placed = async (more: object = {}): Promise<[CallJson, ExchangeCall]> => {
    const run = await api.place({ to: THEIR_NUMBER, account, ...more });
    return [run, exchange().calls.at(-1) as ExchangeCall];
  };
  /** Placed, ringing, answered, and its stream open. */
  const connected = async (more: object = {}): Promise<[CallJson, ExchangeCall]> => {
    const [run, call] = await placed(more);
    await exchange().ring(call);
    await exchange().answer(call);
    return [await become(run, { streaming: true }), call];
  };
  const streamOf = (call: ExchangeCall) => call.streams.at(-1) as ExchangeCall['streams'][number];
  const framesOf = (call: ExchangeCall) =>
    call.streams.flatMap(({ heard }) => heard.map((frame) => frame.toString('hex')));

  it('are placed by a request, which the call’s own id follows; and are heard both ways', async () => {
    const [run, call] = await placed();
    // No callback tells of that, so it is known from the reply.
    expect(run).toMatchObject({ account, provider: account, status: 'initiated', from: number });
    expect(run.provider_call_id).toBeNull();
    await exchange().ring(call);
    expect(await become(run, { status: 'ringing' })).toMatchObject({ provider_call_id: call.id });
    await exchange().answer(call);
    await become(run, { status: 'answered', streaming: true });
    expect(call.refusals).toEqual([]);

    const frames = Array.from({ length: 25 }, (_, at) => Buffer.alloc(160, 0x10 + at));
    for (const frame of frames) streamOf(call).say(frame);
    await until(() => framesOf(call).length >= frames.length, 'the echo is heard');
    const echoed = framesOf(call).filter((frame) => !/^ff+$/.test(frame));
    expect(echoed).toEqual(frames.map((frame) => frame.toString('hex')));

    await exchange().end(call);
    expect(await become(run, { status: 'completed' })).toMatchObject({
      end_reason: 'caller_hangup',
      duration_seconds: 3,
    });
  });

  it.each<[EndingName, string, string]>([
    ['busy', 'busy', 'busy'],
    ['rejected', 'failed', 'failed'],
    ['no-answer', 'no-answer', 'no_answer'],
    ['timeout', 'no-answer', 'no_answer'],
    ['cancel', 'canceled', 'canceled'],
    ['failed', 'failed', 'failed'],
  ])('that nobody takes (%s) end as %s', async (ending, status, end_reason) => {
    const [run, call] = await placed();
    await exchange().ring(call);
    await exchange().end(call, ending);
    const over = await become(run, { status });
    expect(over).toMatchObject({ end_reason });
    const told = over.events.findLast((event) => event.status === status);
    expect(told?.detail).toMatchObject({ hangup_cause_code: expect.stringMatching(/^\d{4}$/) });
  });

  it('are cancelled before they have an id, and while they ring; and are hung up', async () => {
    const hangUp = ({ workflow_run_id: id }: CallJson) =>
      api.request('POST', `/telephony/calls/${id}/hangup`);
    const [early, waiting] = await placed();
    await hangUp(early);
    await until(() => waiting.state === 'over', 'the request is cancelled');
    expect(await become(early, { status: 'canceled' })).toMatchObject({ end_reason: 'canceled' });

    const [later, ringing] = await placed();
    await exchange().ring(ringing);
    await hangUp(later);
    await until(() => ringing.state === 'over', 'the call is cancelled');
    expect(await become(later, { status: 'canceled' })).toMatchObject({ end_reason: 'canceled' });

    const [run, call] = await connected();
    await hangUp(run);
    expect(await become(run, { status: 'completed' })).toMatchObject({ end_reason: 'api_hangup' });
    await until(() => streamOf(call).closedWith !== null, 'the stream is closed');
  });

  it('that come in are answered by the workflow that has the number', async () => {
    const claim = { number, workflow_id: 1, account };
    const claimed = await api.request('POST', '/phone-numbers', claim);
    expect(claimed.body).toMatchObject({ account, provider: account });
    const urls = { answer: `${base}/answer`, hangup: `${base}/events` };
    const configured = exchange().numbers.applicationOf(number);
    if (account === 'plivo') {
      expect(configured?.answer_url.split('#')[0]).toBe(urls.answer);
      expect(configured?.hangup_url.split('#')[0]).toBe(urls.hangup);
    }
    const call = await exchange().callIn(THEIR_NUMBER, number, urls);
    const { body } = await api.request<{ data: CallJson[] }>(
      'GET',
      `/telephony/calls?provider_call_id=${call.id}&account=${account}`,
    );
    const [run] = body.data as [CallJson];
    expect(run).toMatchObject({ direction: 'inbound', from: THEIR_NUMBER, to: number });
    await become(run, { status: 'answered', streaming: true });
    await exchange().end(call);
    await become(run, { status: 'completed' });
  });

  it('to a number that nobody has claimed are turned away before they are answered', async () => {
    const urls = { answer: `${base}/answer`, hangup: `${base}/events` };
    exchange().courier.delivery = 'lost';
    const call = await exchange().callIn(THEIR_NUMBER, '+15005550009', urls);
    expect([call.state, call.ending?.cause, call.streams]).toEqual(['over', 'Rejected', []]);
  });

  it('are transferred to a person, and come back where the person is busy', async () => {
    const transfer = ({ workflow_run_id: id }: CallJson) =>
      api.request('POST', `/telephony/calls/${id}/transfer`, { to: PERSON, timeout_seconds: 20 });
    const isCalled = (call: ExchangeCall) =>
      until(() => call.dial !== null, 'the person is called');

    const [run, call] = await connected();
    expect((await transfer(run)).status).toBe(202);
    await isCalled(call);
    expect(call.dial).toMatchObject({ timeout: 20 });
    await exchange().personEnds(call, 'busy');
    await until(() => call.streams.length === 2, 'the caller is given back');
    expect(await become(run, { streaming: true })).toMatchObject({ status: 'answered' });

    expect((await transfer(run)).status).toBe(202);
    await isCalled(call);
    await exchange().personAnswers(call);
    await exchange().personEnds(call);
    const over = await become(run, { status: 'completed' });
    expect(over.end_reason).toBe('transferred');
    const steps = over.events.filter(({ type }) => type === 'transfer').map(({ detail }) => detail);
    expect(steps.map(({ step, reason = null }) => [step, reason])).toEqual([
      ['started', null],
      ['failed', 'busy'],
      ['started', null],
      ['answered', null],
      ['ended', null],
    ]);
  });

  whole(
    'whose reply was lost are known by the first callback; with a wrong key nothing is dialled',
    async () => {
      exchange().fault = 'reply-lost';
      const [run, call] = await placed();
      expect(run.status).toBe('submission-unknown');
      await exchange().ring(call);
      expect(await become(run, { status: 'ringing' })).toMatchObject({ provider_call_id: call.id });
      await exchange().end(call, 'busy');
      await become(run, { status: 'busy' });

      exchange().fault = { status: 401, body: '{"api_id":"1","error":"authentication failed"}' };
      const more = { workflow_id: 1, to: THEIR_NUMBER, account };
      const refused = await api.request('POST', '/telephony/calls', more);
      expect([refused.status, refused.body['code']]).toEqual([502, 'provider_rejected']);
    },
  );

  whole('go on with another stream where one was lost', async () => {
    const [run, call] = await connected();
    streamOf(call).cut();
    await until(() => call.streams.length === 2, 'there is another stream');
    await become(run, { streaming: true });
    await exchange().end(call);
    await become(run, { status: 'completed' });
  });

  whole('are pressed keys on, and tell of those that were pressed', async () => {
    const [run, call] = await connected();
    const path = `/telephony/calls/${run.workflow_run_id}/digits`;
    expect((await api.request('POST', path, { digits: '12w3#' })).status).toBe(202);
    await until(() => call.digits.length > 0, 'the carrier is asked');
    expect(call.digits).toEqual(['12w3#']);
    await exchange().end(call);
    await become(run, { status: 'completed' });
  });

  whole('answered by a machine are known as that', async () => {
    const [run, call] = await connected({ machine_detection: 'enable' });
    await exchange().detect(call, true);
    await become(run, { answered_by: 'machine' });
    await exchange().end(call);
    await become(run, { status: 'completed', answered_by: 'machine' });
  });

  whole('are told of twice, in another order, late, or not at all', async () => {
    exchange().courier.delivery = 'doubled';
    const [twice, doubled] = await placed();
    await exchange().ring(doubled);
    await exchange().answer(doubled);
    await exchange().end(doubled);
    expect((await become(twice, { status: 'completed' })).duration_seconds).toBe(3);

    exchange().courier.delivery = 'held';
    const [late, shuffled] = await placed();
    await exchange().ring(shuffled);
    await exchange().end(shuffled, 'busy');
    exchange().courier.delivery = 'once';
    await exchange().courier.release();
    expect(await become(late, { status: 'busy' })).toMatchObject({ end_reason: 'busy' });

    // It takes ten seconds until the carrier is believed that a call is over.
    if (!LONG) return;
    const [unheard, lost] = await connected();
    exchange().courier.delivery = 'lost';
    await exchange().end(lost);
    await become(unheard, { status: 'completed', streaming: false });
  });

  describe('and what is none of the carrier’s', () => {
    let call: ExchangeCall;
    const fields = () => ({ CallUUID: call.id, CallStatus: 'ringing', Event: 'Ring' });
    const signed = (more: object = {}, url = call.urls.ring) =>
      exchange().courier.signed(url, { ...fields(), ...more });
    const send = async (request: SentRequest) => {
      const { status, text } = await exchange().courier.send(request);
      return [status, text];
    };

    beforeAll(async () => {
      [, call] = await placed();
      await exchange().ring(call);
    });
    afterAll(() => exchange().end(call, 'busy'));

    it('is refused: unsigned, changed, signed by another account, or on the path of another', async () => {
      const { headers, ...rest } = signed();
      const bare = { 'Content-Type': headers['Content-Type'] ?? '' };
      expect(await send({ ...rest, headers: bare })).toEqual([403, 'signature-missing']);
      const other = account === 'plivo' ? gateway.vobiz : gateway.plivo;
      const theirs = exchange().options.face.sign(
        { method: 'POST', url: rest.url, fields: Object.entries(fields()) },
        other.options.authToken,
      );
      const mismatch = [403, 'signature-mismatch'];
      expect(await send({ ...rest, headers: { ...bare, ...theirs } })).toEqual(mismatch);
      const url = rest.url.replace(/\/\d+$/, '/999');
      expect(await send({ ...signed(), url })).toEqual(mismatch);
      const changed = { ...signed(), body: rest.body.replace('ringing', 'timeout') };
      // Vobiz signs nothing of what a request says, so there the first one to have the nonce is believed.
      if (account === 'plivo') expect(await send(changed)).toEqual(mismatch);
      const path = rest.url.replace(`/${account}/`, `/${other.options.face.kind}/`);
      expect(await send(signed({}, path))).toEqual([403, 'signature-missing']);
    });

    it('is refused with a nonce that was another request’s; the very same may be repeated', async () => {
      const request = signed();
      expect((await send(request))[0]).toBe(200);
      expect((await send(request))[0]).toBe(200);
      const body = request.body.replace('ringing', 'timeout');
      const reason = account === 'plivo' ? 'signature-mismatch' : 'signature-replayed';
      expect(await send({ ...request, body })).toEqual([403, reason]);
    });

    it('is refused of another call: 409; and without one: 400', async () => {
      expect(await send(signed({ CallUUID: 'another-call' }))).toEqual([409, 'call-id-mismatch']);
      expect((await send(signed({ CallUUID: '' })))[0]).toBe(400);
    });

    it('is refused as a stream: by anybody else, or with a token that was used', async () => {
      const [run, streamed] = await connected();
      const url = `${gateway.url.replace('http', 'ws')}/api/v1/telephony/ws/1/1/${run.workflow_run_id}`;
      expect(await refusedUpgrade(url)).toBe(403);
      const sent = `${url}/${'a'.repeat(43)}`;
      expect(await refusedUpgrade(sent)).toBe(403);
      await exchange().end(streamed);
      await become(run, { status: 'completed' });
    });
  });
});

it('who speaks is heard over what is said: the carrier drops it, and its checkpoints do not come back', async () => {
  const { body: workflow } = await api.request<{ workflow_id: number }>('POST', '/workflows', {
    name: 'Announcement',
    agent: 'announce',
    agent_options: { sound: 'long.wav' },
    barge_in: true,
  });
  const more = { account: 'plivo', workflow_id: workflow.workflow_id };
  const run = await api.place({ to: THEIR_NUMBER, ...more });
  const call = gateway.plivo.calls.at(-1) as ExchangeCall;
  await gateway.plivo.ring(call);
  await gateway.plivo.answer(call);
  const [stream] = call.streams;
  if (!stream) throw new Error('there is no stream');
  await until(() => stream.heard.length >= 10, 'the announcement is heard');
  for (const frame of mulawFrames(speech({ ms: 5_000, dbov: -18 }))) {
    stream.say(frame);
    await sleep(20);
    if (stream.words.includes('clearAudio')) break;
  }
  expect(stream.words).toContain('clearAudio');
  await gateway.plivo.end(call);
  await api.until(run.workflow_run_id, ({ status }) => status === 'completed');
  expect(gateway.plivo.violations).toEqual([]);
});

it('the doctor asks both carriers about their accounts', async () => {
  const { body } = await api.request<DiagnosisJson>('GET', '/telephony/diagnostics');
  const found = (name: string) => body.checks.find((one) => one.name === name);
  const credentials = found('carrier-credentials');
  expect(credentials?.seen).toContain('plivo: The carrier accepts the credentials');
  expect(credentials?.seen).toContain('vobiz: Vobiz accepts the auth ID and the auth token.');
  // Of what its requests say, Vobiz signs nothing.
  expect(credentials?.status).toBe('warn');
  expect(credentials?.seen).toContain('Vobiz signs the address of a request');
  expect(found('numbers')).toMatchObject({ status: expect.stringMatching(/up|skipped/) });
  expect(found('clock')).toMatchObject({ status: 'up' });
});

it('an account is entered by our API, and has calls of its own', async () => {
  const authToken = 'auth-token-of-another';
  const numbers = ['+15005550017'];
  const another = await PlivoExchange.start({
    ...gateway.plivo.options,
    authId: 'SANWVLYTK4ZWU1YTY4QB',
    authToken,
    numbers,
  });
  try {
    const reply = await api.request('POST', '/carrier-accounts', {
      key: 'plivo-second',
      provider: 'plivo',
      settings: {
        auth_id: another.options.authId,
        from_numbers: numbers,
        media_format: 'l16-16k',
        api_base_url: another.apiUrl,
      },
      secrets: { auth_token: authToken },
    });
    expect(reply.status).toBe(201);
    expect(JSON.stringify(reply.body)).not.toContain(authToken);
    const run = await api.place({ to: THEIR_NUMBER, account: 'plivo-second' });
    const call = another.calls.at(-1) as ExchangeCall;
    expect(call.urls.ring).toContain('/accounts/plivo-second/events/');
    await another.ring(call);
    await another.answer(call);
    await api.until(run.workflow_run_id, ({ streaming }) => streaming);
    const [stream] = call.streams;
    const samples = tone(440, { sampleRate: 16_000, ms: 1_000 });
    for (let at = 0; at + 320 <= samples.length; at += 320) {
      stream?.say(pcmBytes(samples.subarray(at, at + 320)));
    }
    const isHeard = () => stream?.heard.some((frame) => frame.readInt16LE(100) > 3_000);
    await until(isHeard, 'the tone comes back as samples');
    await another.end(call);
    await api.until(run.workflow_run_id, ({ status }) => status === 'completed');
    expect(another.violations).toEqual([]);
  } finally {
    await another.stop();
  }
});
