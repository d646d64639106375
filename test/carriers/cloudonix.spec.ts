import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { CloudonixCall, Ending } from '../../tools/carrier/cloudonix/cloudonix-call.js';
import { recordOf } from '../../tools/carrier/cloudonix/requests.js';
import { Api, type CallJson } from '../support/api.js';
import {
  CLOUDONIX_NUMBERS,
  startCloudonixGateway,
  type CloudonixGateway,
} from '../support/cloudonix-gateway.js';
import type { DiagnosisJson } from '../support/diagnosis.js';
import { until } from '../support/patience.js';

let gateway: CloudonixGateway;
let api: Api;
let lastNumber = 4_155_550_000;
/** A number of its own for each call. */
const aNumber = () => `+1${(lastNumber += 1)}`;

beforeAll(async () => {
  gateway = await startCloudonixGateway({
    RECONCILE_AFTER_SECONDS: '1',
    RECONCILE_INTERVAL_SECONDS: '1',
    STREAM_GRACE_SECONDS: '1',
  });
  api = new Api(gateway);
});
afterAll(() => gateway.stop());

/** The whole service over real HTTP and real sockets. Both domains disagree in all that the documents leave open. */
describe.each(['cloudonix', 'cloudonix-2'] as const)('calls through %s', (account) => {
  const exchange = () => gateway.cloudonix[account].exchange;
  const ours = CLOUDONIX_NUMBERS[account];
  afterEach(() => {
    exchange().delivery = 'once';
    expect(exchange().violations).toEqual([]);
  });

  const become = (run: CallJson, fields: Partial<CallJson>) => api.become(run, fields);
  const placed = async (): Promise<[CallJson, CloudonixCall]> => {
    const run = await api.place({ to: aNumber(), account });
    return [run, exchange().calls.at(-1) as CloudonixCall];
  };
  const connected = async (): Promise<[CallJson, CloudonixCall]> => {
    const [run, call] = await placed();
    await exchange().answer(call);
    expect(call.refusals).toEqual([]);
    return [await become(run, { streaming: true }), call];
  };

  it('are placed, ring, are answered, heard both ways, and over when the telephone is', async () => {
    const [run, call] = await placed();
    expect(run).toMatchObject({ account, status: 'initiated', provider_call_id: call.token });
    await exchange().ring(call);
    await become(run, { status: 'ringing' });
    await exchange().answer(call);
    expect(call.refusals).toEqual([]);
    await become(run, { status: 'answered', streaming: true });
    const [stream] = call.streams;
    const said = Array.from({ length: 25 }, (_, at) => Buffer.alloc(160, 0x10 + at));
    stream?.say(said);
    const heard = () => Buffer.concat(stream?.heard ?? []);
    await until(() => heard().includes(Buffer.concat(said)), 'the echo is heard, byte by byte');
    stream?.press('5');
    await exchange().end(call);
    expect(await become(run, { status: 'completed' })).toMatchObject({
      end_reason: 'caller_hangup',
    });
    expect(new Set(exchange().replies)).toEqual(new Set([200]));
  });

  it.each<[Ending, string, string]>([
    ['busy', 'busy', 'busy'],
    ['noanswer', 'no-answer', 'no_answer'],
    ['failed', 'failed', 'failed'],
    ['nocredit', 'failed', 'failed'],
    ['congestion', 'failed', 'failed'],
    ['cancel', 'canceled', 'canceled'],
  ])(
    'that nobody takes (%s) end as %s, also when it is told twice',
    async (ending, status, why) => {
      const [run, call] = await placed();
      exchange().delivery = 'doubled';
      await exchange().end(call, ending);
      expect(await become(run, { status })).toMatchObject({ end_reason: why });
    },
  );

  it('are over by their record, also one without a session, where nothing else was told', async () => {
    const [run, call] = await placed();
    const { options } = exchange();
    await exchange().deliver(recordOf(call, options, call.callback ?? '', 'NOANSWER', false));
    expect(await become(run, { status: 'no-answer' })).toMatchObject({
      provider_call_id: call.token,
    });
    exchange().delivery = 'lost';
    await exchange().end(call, 'noanswer');
  });

  it('come in, and are over when the session is asked about, since nothing tells of it', async () => {
    const from = aNumber();
    await api.request('POST', '/phone-numbers', { number: ours, workflow_id: 1, account });
    const call = await exchange().callIn(from, ours);
    expect(call.refusals).toEqual([]);
    const { body } = await api.request<{ data: CallJson[] }>(
      'GET',
      `/telephony/calls?direction=inbound&limit=5`,
    );
    const run = body.data.find((one) => one.provider_call_id === call.token) as CallJson;
    expect(run).toMatchObject({ from, to: ours, account });
    await exchange().end(call);
    await become(run, { status: 'completed' });
  });

  it('are hung up by a request, while they ring and later', async () => {
    const [ringing, first] = await placed();
    await exchange().ring(first);
    await api.request('POST', `/telephony/calls/${ringing.workflow_run_id}/hangup`);
    await become(ringing, { status: 'canceled' });
    expect(first.isOver).toBe(true);
    const [run, call] = await connected();
    await api.request('POST', `/telephony/calls/${run.workflow_run_id}/hangup`);
    expect(await become(run, { status: 'completed' })).toMatchObject({ end_reason: 'api_hangup' });
    await until(() => call.isOver, 'the call is over at the carrier');
  });

  it('whose stream is lost are over', async () => {
    const [run, call] = await connected();
    call.streams[0]?.cut();
    await become(run, { status: 'completed' });
    expect(call.isOver).toBe(true);
  });

  it('whose reply to the dial is lost are over by their callback, whose address names the run', async () => {
    gateway.cloudonix[account].fault = 'cut';
    const { body: run } = await api.request<CallJson>('POST', '/telephony/calls', {
      workflow_id: 1,
      to: aNumber(),
      account,
    });
    const call = exchange().calls.at(-1) as CloudonixCall;
    await exchange().end(call, 'noanswer');
    expect(await become(run, { status: 'no-answer' })).toMatchObject({
      provider_call_id: call.token,
    });
  });

  it('are told by who knows the address or the key, and of this call alone', async () => {
    const [run, call] = await placed();
    const [other] = await placed();
    await exchange().ring(call);
    const { update } = exchange().sent;
    if (!update) throw new Error('nothing was told');
    const send = async (url: string, body = update.body) =>
      (await exchange().deliver({ ...update, url, body })).status;
    const over = update.body.replace('"ringing"', '"completed"');
    expect(await send(update.url.replace(/\?.*/, ''), over)).toBe(403);
    expect(await send(update.url.replace(/.$/, '-'), over)).toBe(403);
    expect(await send(update.url.replace(/\/\d+\?/, `/${other.workflow_run_id}?`), over)).toBe(403);
    const foreign = account === 'cloudonix' ? 'cloudonix-2' : 'cloudonix';
    expect(await send(update.url.replace(`/${account}/`, `/${foreign}/`), over)).toBe(403);
    expect(await send(update.url, over.replace(call.token, 'a'.repeat(32)))).toBe(409);
    expect(await api.call(run.workflow_run_id)).toMatchObject({ status: 'ringing' });
    for (const one of [call, ...exchange().calls.filter(({ isOver }) => !isOver)]) {
      await exchange().end(one, 'busy');
    }
    await become(run, { status: 'busy' });
  });

  it('that come in without the key, or with the other domain’s, are refused and told nothing', async () => {
    const url = exchange().options.applicationUrl ?? '';
    const foreign = account === 'cloudonix' ? 'cloudonix-2' : 'cloudonix';
    const { webhookKey } = gateway.cloudonix[foreign].exchange.options;
    const body = JSON.stringify({ Session: 'abc', To: ours, Direction: 'inbound' });
    const type = { 'Content-Type': 'application/json' };
    for (const headers of [type, { ...type, 'X-CX-APIKey': webhookKey }]) {
      const reply = await exchange().deliver({ method: 'POST', url, headers, body });
      expect(reply.status).toBe(403);
      expect(reply.text).not.toContain('wss:');
    }
  });
});

it('the doctor signs in, and warns that nothing is signed', async () => {
  const { body } = await api.request<DiagnosisJson>('GET', '/telephony/diagnostics');
  const credentials = body.checks.find(({ name }) => name === 'carrier-credentials');
  expect(credentials?.status).toBe('warn');
  expect(credentials?.seen).toContain('Cloudonix accepts the API key');
  expect(credentials?.seen).toContain('Cloudonix signs nothing that it sends');
});
