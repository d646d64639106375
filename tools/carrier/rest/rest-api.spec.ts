import { afterEach, describe, expect, it } from '@jest/globals';
import type { CarrierOptions } from '../carrier-options.js';
import { SimulatedCarrier } from '../simulated-carrier.js';
import { until } from '../../../test/support/patience.js';

const OURS = '+12025550100';
const THEIRS = '+14155550123';
const ANSWER = 'https://gateway.example/voice';

let carrier: SimulatedCarrier;

/** Nothing answers at the gateway, because these tests look at REST only. */
async function start(options: CarrierOptions = {}): Promise<void> {
  carrier = await SimulatedCarrier.start({
    numbers: [OURS],
    originMap: { 'https://gateway.example': 'http://127.0.0.1:1' },
    behaviour: { ringMs: 60_000 },
    ...options,
  });
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

async function rest(method: string, path: string, form?: Array<[string, string]>, token?: string) {
  const credentials = `${carrier.accountSid}:${token ?? carrier.authToken}`;
  const response = await fetch(
    `${carrier.baseUrl}/2010-04-01/Accounts/${carrier.accountSid}${path}`,
    {
      method,
      headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    },
  );
  return { status: response.status, body: await response.json() } as Answer;
}

const create = (fields: Record<string, string | undefined> = {}, events: string[] = []) =>
  rest('POST', '/Calls.json', [
    ...Object.entries({ To: THEIRS, From: OURS, Url: ANSWER, ...fields }).filter(
      (pair): pair is [string, string] => pair[1] !== undefined,
    ),
    ...events.map((event): [string, string] => ['StatusCallbackEvent', event]),
  ]);

afterEach(() => carrier.stop());

describe('creating a call', () => {
  it('answers 201 with a queued call in Twilio’s shape', async () => {
    await start();
    const { status, body } = await create();
    expect(status).toBe(201);
    expect(body).toMatchObject({
      account_sid: carrier.accountSid,
      to: THEIRS,
      to_formatted: '(415) 555-0123',
      from: OURS,
      status: 'queued',
      direction: 'outbound-api',
      start_time: null,
      end_time: null,
      duration: null,
      price: null,
      api_version: '2010-04-01',
    });
    expect(body['sid']).toMatch(/^CA[0-9a-f]{32}$/);
    expect(body['date_created']).toMatch(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/);
  });

  it.each([
    [21_201, { To: undefined }],
    [21_213, { From: undefined }],
    [21_211, { To: '4155550123' }],
    [21_212, { From: '12' }],
    [21_212, { From: '+15005550001' }],
    [21_217, { To: OURS }],
    [21_210, { From: '+12025550199' }],
    [21_217, { To: '+15005550001' }],
    [21_214, { To: '+15005550002' }],
    [21_215, { To: '+15005550003' }],
    [21_216, { To: '+15005550004' }],
    [21_205, { Url: undefined }],
    [21_205, { Url: '/voice' }],
    [21_205, { Url: 'http://gateway.example/voice' }],
    [21_205, { Url: 'ws://localhost/voice' }],
    [21_205, { Url: 'https://localhost/voice' }],
    [21_205, { Url: 'https://my_gateway.example/voice' }],
    [21_206, { SendDigits: 'xyz' }],
    [21_208, { Timeout: '601' }],
    [21_208, { Timeout: 'long' }],
    [21_209, { Method: 'PUT' }],
    [21_218, { ApplicationSid: 'AP1' }],
    [21_609, { StatusCallback: 'ftp://gateway.example' }],
    [21_609, { StatusCallback: 'https://a_b.example/' }],
    [21_609, { StatusCallback: `https://gateway.example/${'x'.repeat(4000)}` }],
    [21_626, { StatusCallbackEvent: 'busy' }],
    [21_626, { StatusCallbackEvent: 'initiated ringing' }],
    [32_018, { Url: undefined, Twiml: `<Response>${' '.repeat(4000)}</Response>` }],
  ])('is refused with %s', async (code, fields) => {
    await start();
    const { status, body } = await create(fields);
    expect({ status, ...body }).toMatchObject({
      status: 400,
      code,
      more_info: `https://www.twilio.com/docs/errors/${code}`,
    });
    expect(carrier.calls).toEqual([]);
    expect(carrier.violations).toMatchObject([{ code, callSid: null }]);
  });

  it('ignores an unknown parameter and logs 20001', async () => {
    await start();
    expect((await create({ StatusCallBack: 'https://gateway.example/status' })).status).toBe(201);
    expect(carrier.violations).toMatchObject([{ code: 20_001 }]);
  });

  it('accepts http and loopback only when told to', async () => {
    await start({ allowPlainHttp: true });
    expect((await create({ Url: 'http://127.0.0.1:1/voice' })).status).toBe(201);
  });

  it('needs the right credentials', async () => {
    await start();
    expect(await rest('POST', '/Calls.json', [], 'wrong')).toMatchObject({
      status: 401,
      body: { code: 20_003 },
    });
  });
});

describe('a placed call', () => {
  it('is fetched, canceled while it rings, and then cannot be changed', async () => {
    await start();
    const { body } = await create();
    const path = `/Calls/${String(body['sid'])}.json`;
    const call = carrier.findCall(String(body['sid']));
    expect((await rest('GET', path)).body['status']).toMatch(/queued|ringing/);
    expect(await rest('POST', path, [['Status', 'canceled']])).toMatchObject({
      status: 200,
      body: { status: 'canceled', duration: '0' },
    });
    expect(await call?.ended).toBe('canceled');
    const again = await rest('POST', path, [['Status', 'completed']]);
    expect(again).toMatchObject({ status: 400, body: { code: 21_220 } });
    expect(carrier.violations).toEqual([]);
  });

  it('is not found by another SID', async () => {
    await start();
    const path = '/Calls/CA00000000000000000000000000000000.json';
    expect(await rest('GET', path)).toMatchObject({ status: 404, body: { code: 20_404 } });
  });

  it('is listed by its numbers, status and time, newest first, page by page', async () => {
    await start({ behaviour: { outcome: 'busy', ringMs: 1 } });
    const other = '+14155550124';
    for (const to of [THEIRS, other, THEIRS]) await create({ To: to });
    await Promise.all(carrier.calls.map(({ ended }) => ended));
    const list = async (query: string) => (await rest('GET', `/Calls.json?${query}`)).body;
    const found = await list(`To=${encodeURIComponent(THEIRS)}&Status=busy&PageSize=1`);
    expect(found).toMatchObject({ page: 0, page_size: 1, start: 0, end: 0 });
    expect(found['calls']).toMatchObject([{ sid: carrier.calls[2]?.sid }]);
    const next = String(found['next_page_uri']).split('.json')[1] ?? '';
    const second = (await rest('GET', `/Calls.json${next}`)).body;
    expect(second['calls']).toMatchObject([{ sid: carrier.calls[0]?.sid }]);
    expect(second['next_page_uri']).toBeNull();
    const soon = new Date(Date.now() + 60_000).toISOString();
    expect((await list(`StartTime%3E=${soon}`))['calls']).toEqual([]);
    expect((await list(`StartTime%3C=${soon}`))['calls']).toHaveLength(3);
    expect((await list('Status=completed'))['calls']).toEqual([]);
  });

  it('appears late when reads lag', async () => {
    await start({
      listLagMs: 600_000,
      behaviour: { outcome: 'busy', queuedMs: 0, dialMs: 0, ringMs: 0 },
    });
    const { body } = await create();
    const path = `/Calls/${String(body['sid'])}.json`;
    await carrier.calls[0]?.ended;
    expect((await rest('GET', path)).body['status']).toBe('queued');
    expect((await rest('GET', '/Calls.json')).body['calls']).toEqual([]);
    carrier.settings.listLagMs = 1;
    await until(async () => (await rest('GET', path)).body['status'] === 'busy');
    expect((await rest('GET', path)).body).toMatchObject({ status: 'busy', duration: '0' });
  });

  it('waits for its turn beyond the calls per second', async () => {
    await start({ callsPerSecond: 4, behaviour: { outcome: 'busy', queuedMs: 0, ringMs: 0 } });
    await Promise.all([create(), create(), create()]);
    await Promise.all(carrier.calls.map(({ ended }) => ended));
    const times = carrier.calls.map(({ startedAt }) => startedAt?.getTime() ?? 0);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThanOrEqual(150);
  });
});

describe('REST faults', () => {
  it('lose the reply of a call that was placed', async () => {
    await start();
    carrier.fault({ reply: 'lost' });
    await expect(create()).rejects.toThrow('fetch failed');
    expect(carrier.calls).toHaveLength(1);
    expect((await create()).status).toBe(201);
  });

  it('refuse with a status, whether or not the call is placed', async () => {
    await start();
    carrier.fault({ reply: { status: 429 } });
    carrier.fault({ reply: { status: 500 }, carriedOut: true });
    expect(await create()).toMatchObject({ status: 429, body: { code: 20_429 } });
    expect(carrier.calls).toHaveLength(0);
    expect(await create()).toMatchObject({ status: 500, body: { code: 20_500 } });
    expect(carrier.calls).toHaveLength(1);
  });

  it('replace the true reply, whatever it was, with a proxy’s page', async () => {
    await start();
    const page = async (method: 'GET' | 'POST', path: string) => {
      const response = await fetch(
        `${carrier.baseUrl}/2010-04-01/Accounts/${carrier.accountSid}${path}`,
        {
          method,
          headers: {
            authorization: `Basic ${Buffer.from(`${carrier.accountSid}:${carrier.authToken}`).toString('base64')}`,
          },
        },
      );
      return [response.status, response.headers.get('content-type'), (await response.text())[0]];
    };
    carrier.fault({ reply: { page: 403 } });
    await expect(create()).rejects.toThrow('not valid JSON');
    expect(carrier.calls).toHaveLength(1);
    carrier.fault({ reply: { page: 403 }, carriedOut: false });
    await expect(create()).rejects.toThrow('not valid JSON');
    expect(carrier.calls).toHaveLength(1);
    const call = `/Calls/${carrier.calls[0]?.sid ?? ''}.json`;
    for (const [operation, method, path] of [
      ['fetch', 'GET', call],
      ['update', 'POST', '/Calls/CA1.json'],
      ['list', 'GET', '/Calls.json'],
      ['numbers', 'GET', '/IncomingPhoneNumbers.json'],
      ['number', 'GET', '/IncomingPhoneNumbers/PN1.json'],
      ['account', 'GET', '.json'],
    ] as const) {
      carrier.fault({ operation, reply: { page: 451 } });
      expect(await page(method, path)).toEqual([451, 'text/html', '<']);
    }
    expect((await page('GET', call))[0]).toBe(200);
  });

  it('delay a reply for one destination', async () => {
    await start();
    carrier.fault({ delayMs: 200, to: THEIRS });
    // Another call does not use the fault up.
    await create({ To: '+14155550124' });
    const before = performance.now();
    await create();
    expect(performance.now() - before).toBeGreaterThanOrEqual(200);
  });
});

describe('phone numbers', () => {
  it('are listed and changed', async () => {
    await start();
    const listed = (await rest('GET', '/IncomingPhoneNumbers.json')).body;
    const [number] = listed['incoming_phone_numbers'] as Array<{ sid: string }>;
    expect(number).toMatchObject({ phone_number: OURS, voice_url: '', voice_method: 'POST' });
    const path = `/IncomingPhoneNumbers/${number?.sid ?? ''}.json`;
    const changed = await rest('POST', path, [
      ['VoiceUrl', ANSWER],
      ['VoiceMethod', 'GET'],
    ]);
    expect(changed.body).toMatchObject({ voice_url: ANSWER, voice_method: 'GET' });
    expect(carrier.phoneNumbers[0]).toMatchObject({ voiceUrl: ANSWER, voiceMethod: 'GET' });
    expect((await rest('POST', path, [['VoiceUrl', 'ws://x']])).body['code']).toBe(21_205);
  });
});
