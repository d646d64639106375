import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TexmlKind } from '../../src/providers/telnyx-texml/texml.carrier.js';
import type { TexmlCall } from '../../tools/carrier/telnyx/texml-call.js';
import { TexmlExchange } from '../../tools/carrier/telnyx/texml-exchange.js';
import { newKey, signedHeaders } from '../../tools/carrier/telnyx/webhooks.js';
import { Api, type CallJson } from '../support/api.js';
import { claimedPort } from '../support/claimed-port.js';
import { OUR_NUMBER, PUBLIC_ORIGIN, THEIR_NUMBER } from '../support/gateway.js';
import { until } from '../support/patience.js';
import { startPluggedGateway, type PluggedGateway } from '../support/plugged-gateway.js';
import { keepSecrets } from '../support/test-logs.js';
import { mulawFrames, speech } from '../support/test-signals.js';

const ACCOUNT = '3e6f995f-85f7-4705-9741-53b116d28237';
const APPLICATION = '1684641123236054244';
const API_KEY = 'KEY018B-of-the-texml-account';
const BASE = `${PUBLIC_ORIGIN}/api/v1/telephony/accounts/telnyx-texml`;

let lastNumber = 0;
const aNumber = (): string => `+1202555${String(8_000 + lastNumber++)}`;

/** The whole service, over real HTTP and sockets, beside a simulated TeXML. */
describe('a call by TeXML', () => {
  let exchange: TexmlExchange;
  let gateway: PluggedGateway;
  let api: Api;

  beforeAll(async () => {
    const port = await claimedPort();
    exchange = await TexmlExchange.start({
      apiKey: API_KEY,
      accountSid: ACCOUNT,
      applicationSid: APPLICATION,
      numbers: [OUR_NUMBER],
      gateway: { origin: PUBLIC_ORIGIN, url: `http://127.0.0.1:${port}` },
    });
    const kind = new TexmlKind({
      apiBaseUrl: exchange.baseUrl,
      apiKey: API_KEY,
      publicKey: exchange.key.publicKey,
      accountSid: ACCOUNT,
      applicationSid: APPLICATION,
      fromNumbers: [OUR_NUMBER],
      callsPerSecond: 1_000,
    });
    keepSecrets(API_KEY);
    gateway = await startPluggedGateway([kind], port, { PUBLIC_URL: PUBLIC_ORIGIN });
    api = new Api(gateway);
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
  });
  afterAll(async () => {
    await gateway.stop();
    await exchange.stop();
  });
  afterEach(() => expect(exchange.violations.splice(0)).toEqual([]));

  const place = async (
    phone?: Parameters<TexmlExchange['behave']>[1],
  ): Promise<[number, TexmlCall]> => {
    const to = aNumber();
    if (phone) exchange.behave(to, phone);
    const reply = await api.request<CallJson>('POST', '/telephony/calls', { workflow_id: 1, to });
    const call = exchange.calls.find((one) => one.to === to);
    if (!call) throw new Error('nothing was dialled');
    return [reply.body.workflow_run_id, call];
  };
  const connected = async (): Promise<[number, TexmlCall]> => {
    const [runId, call] = await place();
    await api.until(runId, ({ streaming }) => streaming);
    return [runId, call];
  };

  it('is heard both ways, byte by byte, until the caller hangs up', async () => {
    const [runId, call] = await connected();
    const spoken = mulawFrames(speech({ ms: 400, dbov: -18 }));
    const [stream] = call.streams;
    stream?.say(spoken);
    await until(
      () => Buffer.concat(stream?.heard ?? []).includes(Buffer.concat(spoken)),
      'the echo is what was said',
    );
    await exchange.end(call);
    expect(await api.over(runId)).toMatchObject({
      status: 'completed',
      end_reason: 'caller_hangup',
      provider_call_id: call.sid,
    });
  });

  it('that is not named in the reply to its dial is known by its first webhook', async () => {
    exchange.namesCalls = false;
    const [runId, call] = await connected();
    exchange.namesCalls = true;
    expect(await api.call(runId)).toMatchObject({ provider_call_id: call.sid });
    await api.request('POST', `/telephony/calls/${runId}/hangup`);
    expect(await api.over(runId)).toMatchObject({ end_reason: 'api_hangup' });
    expect(call.status).toBe('completed');
  });

  it('that comes in is answered, and hung up from our side', async () => {
    const call = exchange.callIn(THEIR_NUMBER, OUR_NUMBER, `${BASE}/answer`, `${BASE}/events`);
    await until(() => (call.streams[0]?.heard.length ?? 0) > 5, 'the caller hears the agent');
    const { body } = await api.request<{ data: CallJson[] }>(
      'GET',
      `/telephony/calls?provider_call_id=${encodeURIComponent(call.sid)}`,
    );
    const [run] = body.data as [CallJson];
    expect(run).toMatchObject({ direction: 'inbound', from: THEIR_NUMBER });
    await api.request('POST', `/telephony/calls/${run.workflow_run_id}/hangup`);
    expect(await api.over(run.workflow_run_id)).toMatchObject({ end_reason: 'api_hangup' });
    expect(call.status).toBe('completed');
  });

  it.each(['busy', 'no-answer', 'failed'] as const)(
    'of a phone that is %s ends so',
    async (phone) => {
      const [runId] = await place(phone);
      const sip = { busy: 486, 'no-answer': 480, failed: 404 }[phone];
      expect(await api.over(runId)).toMatchObject({ status: phone, sip_code: sip });
    },
  );

  it('that rings is given up', async () => {
    const [runId, call] = await place('silent');
    await api.until(runId, ({ status }) => status === 'ringing');
    await api.request('POST', `/telephony/calls/${runId}/hangup`);
    expect(await api.over(runId)).toMatchObject({ status: 'canceled' });
    expect(call.status).toBe('canceled');
  });

  it('whose stream is lost asks again, and gets another', async () => {
    const [runId, call] = await connected();
    call.streams[0]?.cut();
    await until(() => call.streams.length === 2, 'there is another stream');
    await api.until(runId, ({ streaming }) => streaming);
    expect(call.asked).toBe(2);
    await exchange.end(call);
    await api.over(runId);
  });

  it('is not transferred, since the documents leave open how', async () => {
    const [runId, call] = await connected();
    const path = `/telephony/calls/${runId}/transfer`;
    expect((await api.request('POST', path, { to: aNumber() })).status).toBe(409);
    await exchange.end(call);
    await api.over(runId);
  });

  it('is told by its own account alone, and in time', async () => {
    const [runId, call] = await connected();
    const form = { ...exchange.fieldsOf(call), CallStatus: 'busy', SequenceNumber: '9' };
    const send = async (sign: (body: string) => Record<string, string>, fields = form) =>
      (await exchange.post(`${BASE}/events/${runId}`, fields, sign))[0];
    const old = Math.floor(Date.now() / 1000) - 400;
    expect(await send(() => ({}))).toBe(403);
    expect(await send((body) => signedHeaders(newKey(), body))).toBe(403);
    expect(await send((body) => signedHeaders(exchange.key, body, old))).toBe(403);
    expect(await send((body) => signedHeaders(exchange.key, `${body}x`))).toBe(403);
    const other = { ...form, CallSid: 'v3:another' };
    expect(await send((body) => signedHeaders(exchange.key, body), other)).toBe(409);
    expect(await api.call(runId)).toMatchObject({ status: 'answered' });
    await exchange.end(call);
    await api.over(runId);
  });
});
