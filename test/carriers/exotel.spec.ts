import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type CallJson } from '../support/api.js';
import type { Ending, ExotelCall } from '../../tools/carrier/exotel/exotel-call.js';
import {
  EXOTEL_NUMBERS,
  startExotelGateway,
  type ExotelGateway,
} from '../support/exotel-gateway.js';
import type { DiagnosisJson } from '../support/diagnosis.js';
import { PUBLIC_ORIGIN } from '../support/gateway.js';
import { until } from '../support/patience.js';

let gateway: ExotelGateway;
let api: Api;
let lastNumber = 9_812_340_000;
/** A number of its own for each call. */
const aNumber = () => `+91${(lastNumber += 1)}`;

beforeAll(async () => {
  gateway = await startExotelGateway({
    RECONCILE_AFTER_SECONDS: '1',
    RECONCILE_INTERVAL_SECONDS: '1',
    STREAM_GRACE_SECONDS: '1',
  });
  api = new Api(gateway);
});
afterAll(() => gateway.stop());

/** The whole service over real HTTP and real sockets. Both accounts disagree in all that the documents leave open. */
describe.each(['exotel', 'exotel-2'] as const)('calls through %s', (account) => {
  const exchange = () => gateway.exotel[account].exchange;
  const ours = EXOTEL_NUMBERS[account];
  afterEach(() => {
    exchange().delivery = 'once';
    expect(exchange().violations).toEqual([]);
  });

  const become = (run: CallJson, fields: Partial<CallJson>) => api.become(run, fields);
  const placed = async (): Promise<[CallJson, ExotelCall]> => {
    const run = await api.place({ to: aNumber(), account });
    return [run, exchange().calls.at(-1) as ExotelCall];
  };
  const connected = async (): Promise<[CallJson, ExotelCall]> => {
    const [run, call] = await placed();
    await exchange().answer(call);
    expect(call.refusals).toEqual([]);
    return [await become(run, { streaming: true }), call];
  };

  it('are placed, answered by their flow, heard both ways, and over by its callback', async () => {
    const [run, call] = await placed();
    expect(run).toMatchObject({ account, status: 'initiated', provider_call_id: call.sid });
    await exchange().answer(call);
    expect(call.refusals).toEqual([]);
    await become(run, { status: 'answered', streaming: true });
    const [stream] = call.streams;
    const bytes = account === 'exotel' ? 320 : 640;
    const loud = Array.from({ length: 25 }, () => {
      const piece = Buffer.alloc(bytes);
      for (let at = 0; at < bytes; at += 2)
        piece.writeInt16LE(at % (bytes / 20) < bytes / 40 ? 6_000 : -6_000, at);
      return piece;
    });
    stream?.say(loud);
    const isLoud = (piece: Buffer) =>
      piece.some((_, at) => at % 2 === 0 && Math.abs(piece.readInt16LE(at)) > 2_000);
    await until(() => (stream?.heard.filter(isLoud).length ?? 0) >= 20, 'the echo is heard');
    stream?.press('5');
    await exchange().end(call, 'completed', 7);
    expect(await become(run, { status: 'completed' })).toMatchObject({
      duration_seconds: 7,
      end_reason: 'caller_hangup',
    });
    expect(exchange().replies).toContain(200);
  });

  it.each<[Ending, string, string]>([
    ['busy', 'busy', 'busy'],
    ['no-answer', 'no-answer', 'no_answer'],
    ['failed', 'failed', 'failed'],
    ['canceled', 'canceled', 'canceled'],
  ])(
    'that nobody takes (%s) end as %s, also when it is told twice',
    async (ending, status, why) => {
      const [run, call] = await placed();
      exchange().delivery = 'doubled';
      await exchange().end(call, ending, 0);
      expect(await become(run, { status })).toMatchObject({ end_reason: why });
    },
  );

  it('come in, and are over when the account is asked, since nothing tells of it', async () => {
    const from = aNumber();
    await api.request('POST', '/phone-numbers', { number: ours, workflow_id: 1, account });
    const call = await exchange().callIn(from, ours);
    expect(call.refusals).toEqual([]);
    const { body } = await api.request<{ data: CallJson[] }>(
      'GET',
      `/telephony/calls?direction=inbound&limit=5`,
    );
    const run = body.data.find((one) => one.provider_call_id === call.sid) as CallJson;
    expect(run).toMatchObject({ from, to: ours, account });
    await exchange().end(call, 'completed', 4);
    expect(await become(run, { status: 'completed' })).toMatchObject({ duration_seconds: 4 });
  });

  it('end by the end of their stream, which is all there is to end one', async () => {
    const [run, call] = await connected();
    await api.request('POST', `/telephony/calls/${run.workflow_run_id}/hangup`);
    expect(await become(run, { status: 'completed' })).toMatchObject({ end_reason: 'api_hangup' });
    expect(call.streams[0]?.closedWith).toBe(1000);
  });

  it('whose reply to the dial is lost are over by their callback, whose address names the run', async () => {
    gateway.exotel[account].fault = 'cut';
    const { body: run } = await api.request<CallJson>('POST', '/telephony/calls', {
      workflow_id: 1,
      to: aNumber(),
      account,
    });
    const call = exchange().calls.at(-1) as ExotelCall;
    await exchange().end(call, 'no-answer', 0);
    expect(await become(run, { status: 'no-answer' })).toMatchObject({
      provider_call_id: call.sid,
    });
  });

  it('are told by who knows the address alone, and of this call alone', async () => {
    const [run, call] = await placed();
    const [other] = await placed();
    await exchange().report(call);
    const { callback } = exchange().sent;
    if (!callback) throw new Error('nothing was told');
    const send = async (url: string, body = callback.body) =>
      (await exchange().deliver({ ...callback, url, body })).status;
    const over = callback.body.replace('in-progress', 'completed');
    expect(await send(callback.url.replace(/\?.*/, ''), over)).toBe(403);
    expect(await send(`${callback.url}0`, over)).toBe(403);
    const elsewhere = `/${other.workflow_run_id}?`;
    expect(await send(callback.url.replace(/\/\d+\?/, elsewhere), over)).toBe(403);
    const foreign = account === 'exotel' ? 'exotel-2' : 'exotel';
    expect(await send(callback.url.replace(`/${account}/`, `/${foreign}/`), over)).toBe(403);
    expect(await send(callback.url, over.replace(call.sid, 'a'.repeat(32)))).toBe(409);
    expect(await api.call(run.workflow_run_id)).toMatchObject({ status: 'initiated' });
    await exchange().end(call, 'busy', 0);
    await become(run, { status: 'busy' });
  });
});

it('an answer that nobody asked for with the token is refused, and says nothing', async () => {
  const url = `${PUBLIC_ORIGIN}/api/v1/telephony/accounts/exotel/answer?token=wrong&CallSid=abc`;
  const { exchange } = gateway.exotel.exotel;
  const reply = await exchange.deliver({ method: 'GET', url, headers: {}, body: '' });
  expect(reply.status).toBe(403);
  expect(reply.text).not.toContain('wss:');
});

it('the doctor signs in, and warns that nothing is signed', async () => {
  const { body } = await api.request<DiagnosisJson>('GET', '/telephony/diagnostics');
  const credentials = body.checks.find(({ name }) => name === 'carrier-credentials');
  expect(credentials?.status).toBe('warn');
  expect(credentials?.seen).toContain('Exotel accepts the API key and token');
  expect(credentials?.seen).toContain('Exotel signs nothing that it sends');
});
