import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { callNamed } from '../../calls/ledger/call-ids.js';
import type { PlaceCall } from '../calls-port.js';
import { renderAnswer } from './answer.js';
import { TwilioCalls } from './client.js';
import { TwilioNumbers } from './numbers.js';

const ACCOUNT = `AC${'1b'.repeat(16)}`;
const CALL = `CA${'0a'.repeat(16)}`;
const TOKEN = 'secret-token';
const TO = '+14155552671';
const FROM = '+12025550100';

const ANSWER_URL = 'https://a.example/twiml?workflow_id=1&user_id=2';
const EVENTS_URL = 'https://a.example/status-callback/3';
/** How Twilio should handle failing replies; never part of a request, nor signed. */
const RETRIES = '#rc=3&rp=5xx,ct,rt';

const DIAL: PlaceCall = {
  runId: 3,
  idempotencyKey: 'run-3',
  to: TO,
  from: FROM,
  urls: { answer: ANSWER_URL, events: EVENTS_URL },
  ringTimeoutSeconds: 45,
  maxDurationSeconds: 1800,
  machineDetection: null,
};

interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  form: URLSearchParams;
  headers: IncomingMessage['headers'];
}
/** A complete reply: status and JSON, or text as it is. */
type Reply = [status: number, body: unknown];
type Behaviour = Reply | ((request: IncomingMessage, response: ServerResponse) => void);

const servers: Server[] = [];

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    if ('closeAllConnections' in server) (server.closeAllConnections as () => void)();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  }
});

/** Every reply is faster than this, except where none comes. */
function clientAt(apiBaseUrl: string, timeoutMs = 30_000): TwilioCalls {
  return new TwilioCalls(accountAt(apiBaseUrl), timeoutMs);
}

function accountAt(apiBaseUrl: string) {
  return {
    accountSid: ACCOUNT,
    authToken: TOKEN,
    authTokenSecondary: null,
    fromNumbers: [FROM],
    apiBaseUrl,
    callsPerSecond: 1,
  };
}

/** Twilio's API with its next behaviours; the last one repeats without end. */
async function twilioThat(
  ...behaviours: Behaviour[]
): Promise<{ client: TwilioCalls; resource: TwilioNumbers; asked: Asked[]; url: string }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (part) => (body += part));
    request.on('end', () => {
      const url = new URL(request.url ?? '', 'http://x');
      asked.push({
        method: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        form: new URLSearchParams(body),
        headers: request.headers,
      });
      const behaviour = behaviours.length > 1 ? behaviours.shift() : behaviours[0];
      if (typeof behaviour === 'function') {
        behaviour(request, response);
        return;
      }
      const [status, reply] = behaviour ?? [500, ''];
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(typeof reply === 'string' ? reply : JSON.stringify(reply));
    });
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  const resource = new TwilioNumbers(accountAt(url), 500);
  return { client: clientAt(url, 500), resource, asked, url };
}

const error = (status: number, code: number, message: string): Reply => [
  status,
  { status, code, message, more_info: `https://www.twilio.com/docs/errors/${code}` },
];

/** A call as Twilio's page shows it. */
const callJson = (changes: Record<string, unknown> = {}) => ({
  sid: CALL,
  account_sid: ACCOUNT,
  to: TO,
  from: FROM,
  status: 'completed',
  direction: 'outbound-api',
  date_created: 'Tue, 04 Aug 2026 09:12:00 +0000',
  start_time: 'Tue, 04 Aug 2026 09:12:05 +0000',
  end_time: 'Tue, 04 Aug 2026 09:12:35 +0000',
  duration: '30',
  answered_by: null,
  price: '-0.0130',
  price_unit: 'USD',
  ...changes,
});
const CREATED: Reply = [201, callJson({ status: 'queued', start_time: null, end_time: null })];

describe('placing a call', () => {
  it('asks as Twilio expects and returns the call', async () => {
    const { client, asked } = await twilioThat(CREATED);
    expect(await client.place(DIAL)).toEqual({
      kind: 'accepted',
      ids: callNamed(CALL),
      accountId: ACCOUNT,
      httpStatus: 201,
    });
    const [request] = asked;
    expect(request).toMatchObject({
      method: 'POST',
      path: `/2010-04-01/Accounts/${ACCOUNT}/Calls.json`,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`${ACCOUNT}:${TOKEN}`).toString('base64')}`,
        connection: 'close',
      },
    });
    expect([...(request?.form ?? [])].map((field) => field.join('=')).sort()).toEqual([
      `From=${FROM}`,
      'Method=POST',
      `StatusCallback=${EVENTS_URL}${RETRIES}`,
      'StatusCallbackEvent=answered',
      'StatusCallbackEvent=completed',
      'StatusCallbackEvent=initiated',
      'StatusCallbackEvent=ringing',
      'StatusCallbackMethod=POST',
      'TimeLimit=1800',
      'Timeout=45',
      `To=${TO}`,
      `Url=${ANSWER_URL}${RETRIES}`,
    ]);
  });

  it.each([
    ['enable', 'Enable'],
    ['detect_message_end', 'DetectMessageEnd'],
  ] as const)('with machine detection %s lets the call go on meanwhile', async (ours, theirs) => {
    const { client, asked } = await twilioThat(CREATED);
    await client.place({ ...DIAL, machineDetection: ours });
    expect(Object.fromEntries(asked[0]?.form ?? [])).toMatchObject({
      MachineDetection: theirs,
      AsyncAmd: 'true',
      AsyncAmdStatusCallback: EVENTS_URL + RETRIES,
      AsyncAmdStatusCallbackMethod: 'POST',
    });
  });

  it('is rejected with Twilio’s reason, the number in it masked', async () => {
    const { client } = await twilioThat(
      error(400, 21211, `The 'To' number ${TO} is not a valid phone number.`),
    );
    expect(await client.place(DIAL)).toEqual({
      kind: 'rejected',
      blame: 'callee',
      code: '21211',
      message: "The 'To' number [number] is not a valid phone number.",
      httpStatus: 400,
    });
  });

  it.each<[string, Behaviour, object]>([
    [
      '401',
      error(401, 20003, 'Authenticate'),
      { kind: 'rejected', code: '20003', httpStatus: 401 },
    ],
    [
      '400 whose message is no text',
      [400, { message: { a: 1 }, code: 21211 }],
      { kind: 'rejected', code: '21211', message: 'no reason given' },
    ],
    [
      '400 in the newer format',
      [400, { type: 'about:blank', title: 'Bad To', status: 400, code: 21211 }],
      { kind: 'rejected', code: '21211', httpStatus: 400 },
    ],
    ...[403, 404, 408, 429, 451].map((status): [string, Behaviour, object] => [
      `${status} of a proxy`,
      [status, '<html>No</html>'],
      { kind: 'unknown', httpStatus: status, message: expect.stringContaining('not the carrier') },
    ]),
    ['403 of a gateway that speaks JSON', [403, { code: 403, message: 'No' }], { kind: 'unknown' }],
    ['400 whose code is no number', [400, { code: ['x'] }], { kind: 'unknown' }],
    ['400 without a word', [400, 'null'], { kind: 'unknown', httpStatus: 400 }],
    [
      '400 cut off in the middle',
      (_, response) => {
        response.writeHead(400, { 'Content-Length': 100 });
        response.write('{"code":21211');
        setTimeout(() => response.destroy(), 20);
      },
      { kind: 'unknown', httpStatus: 400 },
    ],
    ['429', error(429, 20429, 'Too Many Requests'), { kind: 'throttled' }],
    ['500', error(500, 20500, 'Internal'), { kind: 'unknown', httpStatus: 500 }],
    ['503 in HTML', [503, '<html>Later</html>'], { kind: 'unknown' }],
    ['302', [302, ''], { kind: 'unknown' }],
    ['201 with garbage', [201, '{"sid":'], { kind: 'unknown' }],
    ['201 with nothing', [201, ''], { kind: 'unknown' }],
    ['201 with null', [201, 'null'], { kind: 'unknown' }],
    ['201 with another id', [201, callJson({ sid: 'XX1' })], { kind: 'unknown' }],
    [
      '201 without the account',
      [201, { sid: CALL }],
      { kind: 'accepted', ids: { call: CALL }, accountId: ACCOUNT },
    ],
    [
      '201 cut off in the middle',
      (_, response) => {
        response.writeHead(201, { 'Content-Length': 100 });
        response.write('{"sid":');
        setTimeout(() => response.destroy(), 20);
      },
      { kind: 'unknown' },
    ],
    [
      'a socket destroyed after the request',
      (request) => request.socket.destroy(),
      { kind: 'unknown', httpStatus: null },
    ],
    ['what is no HTTP', (request) => request.socket.end('hello\r\n\r\n'), { kind: 'unknown' }],
    [
      'no reply in time',
      () => {},
      { kind: 'unknown', message: expect.stringContaining('timeout') },
    ],
    [
      'a reply that trickles for ever',
      (_, response) => {
        response.writeHead(201);
        const trickle = setInterval(() => response.write(' '), 50);
        response.on('close', () => clearInterval(trickle));
      },
      { kind: 'unknown' },
    ],
  ])('%s: what is known is told, once', async (_, behaviour, expected) => {
    const { client, asked } = await twilioThat(behaviour);
    expect(await client.place(DIAL)).toMatchObject(expected);
    expect(asked).toHaveLength(1);
  });
});

describe('a carrier that the request never reached is unreachable', () => {
  it('where nobody listens', async () => {
    const closed = createTcpServer();
    const port = await listen(closed);
    servers.splice(servers.indexOf(closed), 1);
    await new Promise((resolve) => {
      closed.close(resolve);
    });
    for (const host of ['127.0.0.1', 'localhost']) {
      expect(await clientAt(`http://${host}:${port}`).place(DIAL)).toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining('ECONNREFUSED'),
      });
    }
  });

  it('where the host does not exist', async () => {
    const result = await clientAt('https://nobody.invalid', 10_000).place(DIAL);
    expect(result).toMatchObject({ kind: 'unreachable' });
  });

  it('where the certificate is not trusted; the server sees no request', async () => {
    let requests = 0;
    const server = createTlsServer({ cert: CERTIFICATE, key: KEY }, () => requests++);
    server.on('tlsClientError', () => {});
    const result = await clientAt(`https://localhost:${await listen(server)}`).place(DIAL);
    expect(result).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('SELF_SIGNED'),
    });
    expect(requests).toBe(0);
  });

  it.each([
    ['has no certificate', createTlsServer().on('tlsClientError', () => {})],
    [
      'speaks no TLS',
      createTcpServer((socket) =>
        socket
          .on('error', () => {})
          .resume()
          .end('hello\r\n'),
      ),
    ],
    ['hangs up', createTcpServer((socket) => socket.on('error', () => {}).destroy())],
  ])('where the other side of TLS %s', async (_, server) => {
    const result = await clientAt(`https://127.0.0.1:${await listen(server)}`).place(DIAL);
    expect(result).toMatchObject({ kind: 'unreachable' });
  });

  it('where the other side of TLS says nothing until the time is over', async () => {
    const server = createTcpServer((socket) => socket.on('error', () => {}).resume());
    const result = await clientAt(`https://127.0.0.1:${await listen(server)}`, 100).place(DIAL);
    expect(result).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining('timeout'),
    });
  });
});

describe('ending a call', () => {
  const statuses = (asked: Asked[]) => asked.map(({ form }) => form.get('Status'));
  const OVER = error(400, 21220, 'Call is not in-progress. Cannot redirect.');
  const DONE: Reply = [200, callJson()];

  it('hangs up one that was answered', async () => {
    const { client, asked } = await twilioThat(DONE);
    expect(await client.end(callNamed(CALL), 'hangup')).toEqual({ kind: 'accepted' });
    expect(asked[0]).toMatchObject({
      method: 'POST',
      path: `/2010-04-01/Accounts/${ACCOUNT}/Calls/${CALL}.json`,
    });
    expect([...(asked[0]?.form ?? [])]).toEqual([['Status', 'completed']]);
  });

  it('gives one that was answered other instructions, with absolute addresses', async () => {
    const { client, asked } = await twilioThat(DONE, OVER);
    const instruction = {
      kind: 'stream',
      streamUrl: 'wss://gw.example.com/ws/1/2/3',
      actionUrl: 'https://gw.example.com/twiml?a=1&b=2',
      token: 'token-1',
      notice: null,
    } as const;
    expect(await client.redirect(callNamed(CALL), instruction)).toEqual({ kind: 'accepted' });
    const form = asked[0]?.form;
    expect([...(form?.keys() ?? [])]).toEqual(['Twiml']);
    expect(form?.get('Twiml')).toBe(renderAnswer(instruction).body);
    expect(await client.redirect(callNamed(CALL), instruction)).toEqual({ kind: 'already-ended' });
    expect(await client.redirect({ call: null }, instruction)).toMatchObject({ retryable: true });
  });

  it('cancels a ringing call', async () => {
    const { client, asked } = await twilioThat(DONE);
    expect(await client.end(callNamed(CALL), 'cancel')).toEqual({ kind: 'accepted' });
    expect(statuses(asked)).toEqual(['canceled']);
  });

  it('hangs up a call that was answered at the moment of canceling', async () => {
    const { client, asked } = await twilioThat(OVER, DONE);
    expect(await client.end(callNamed(CALL), 'cancel')).toEqual({ kind: 'accepted' });
    expect(statuses(asked)).toEqual(['canceled', 'completed']);
  });

  it.each<[string, Reply]>([
    ['is over', OVER],
    ['is not known', error(404, 20404, 'not found')],
  ])('that %s is no failure', async (_, reply) => {
    const { client } = await twilioThat(reply);
    expect(await client.end(callNamed(CALL), 'hangup')).toEqual({ kind: 'already-ended' });
    expect(await client.end(callNamed(CALL), 'cancel')).toEqual({ kind: 'already-ended' });
  });

  it.each<[string, Behaviour, boolean]>([
    ['500', [500, ''], true],
    ['429', error(429, 20429, 'Too Many Requests'), true],
    ['404 of a proxy', [404, '<html>'], true],
    ['403 of a proxy', [403, ''], true],
    ['a page of a proxy that says OK', [200, '<html>'], true],
    ['another call', [200, callJson({ sid: `CA${'9'.repeat(32)}` })], true],
    ['a lost reply', (request) => request.socket.destroy(), true],
    ['401', error(401, 20003, 'Authenticate'), false],
  ])(
    'fails with %s, and says whether a repetition makes sense',
    async (_, behaviour, retryable) => {
      const { client, asked } = await twilioThat(behaviour);
      expect(await client.end(callNamed(CALL), 'cancel')).toMatchObject({
        kind: 'failed',
        retryable,
      });
      expect(statuses(asked)).toEqual(['canceled']);
    },
  );

  it('with an invalid id fails without a throw', async () => {
    const { client } = await twilioThat([404, '']);
    for (const id of ['', '../Messages', 'a b']) {
      expect(await client.end(callNamed(id), 'hangup')).toHaveProperty('kind');
    }
  });
});

describe('looking a call up', () => {
  it('returns what Twilio reports about it', async () => {
    const { client, asked } = await twilioThat([200, callJson({ answered_by: 'human' })]);
    expect(await client.lookUp(callNamed(CALL))).toEqual({
      kind: 'found',
      call: {
        callId: CALL,
        accountId: ACCOUNT,
        status: 'completed',
        providerStatus: 'completed',
        direction: 'outbound',
        from: FROM,
        to: TO,
        createdAt: new Date('2026-08-04T09:12:00Z'),
        startedAt: new Date('2026-08-04T09:12:05Z'),
        endedAt: new Date('2026-08-04T09:12:35Z'),
        durationSeconds: 30,
        answeredBy: 'human',
        price: '-0.0130',
        priceUnit: 'USD',
      },
    });
    expect(asked[0]?.path).toBe(`/2010-04-01/Accounts/${ACCOUNT}/Calls/${CALL}.json`);
  });

  it('returns null for what Twilio does not know yet', async () => {
    const young = callJson({
      status: 'in-progress',
      direction: 'inbound',
      end_time: null,
      start_time: 'soon',
      duration: null,
      price: null,
      price_unit: '',
    });
    const { client } = await twilioThat([200, young]);
    expect(await client.lookUp(callNamed(CALL))).toMatchObject({
      call: {
        status: 'answered',
        providerStatus: 'in-progress',
        direction: 'inbound',
        startedAt: null,
        endedAt: null,
        durationSeconds: null,
        price: null,
        priceUnit: null,
      },
    });
  });

  it.each<[string, string, Behaviour]>([
    ['404', 'not-found', error(404, 20404, 'not found')],
    ['404 of a proxy', 'failed', [404, '<html>']],
    ['another call', 'failed', [200, callJson({ sid: `CA${'9'.repeat(32)}` })]],
    ['500', 'failed', [500, '']],
    ['a status that is new to us', 'failed', [200, callJson({ status: 'thinking' })]],
    ['garbage', 'failed', [200, '<html>']],
    ['a lost reply', 'failed', (request) => request.socket.destroy()],
  ])('with %s is %s', async (_, kind, behaviour) => {
    const { client } = await twilioThat(behaviour);
    expect(await client.lookUp(callNamed(CALL))).toMatchObject({ kind });
  });
});

describe('searching for calls', () => {
  const since = new Date('2026-08-04T09:00:00Z');
  const page = (...calls: unknown[]): Reply => [200, { calls, next_page_uri: null, page_size: 50 }];

  it('finds the calls between two numbers since a time, in the order given', async () => {
    const { client, asked } = await twilioThat(
      page(
        callJson(),
        callJson({ status: 'thinking' }),
        callJson({ sid: `CA${'2'.repeat(32)}`, date_created: null }),
        callJson({ date_created: 'Tue, 04 Aug 2026 08:59:59 +0000' }),
      ),
    );
    const result = await client.search({ to: TO, from: FROM, since });
    expect(result).toMatchObject({
      kind: 'found',
      calls: [{ callId: CALL }, { callId: `CA${'2'.repeat(32)}`, createdAt: null }],
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      method: 'GET',
      path: `/2010-04-01/Accounts/${ACCOUNT}/Calls.json`,
    });
    expect(Object.fromEntries(asked[0]?.query ?? [])).toEqual({
      To: TO,
      From: FROM,
      PageSize: '50',
    });
  });

  it('returns their creation times by our own clock, whatever the carrier’s clock shows', async () => {
    const { client } = await twilioThat((_, response) => {
      const theirs = new Date(Date.now() + 3_600_000);
      response.writeHead(200, { 'Content-Type': 'application/json', Date: theirs.toUTCString() });
      response.end(JSON.stringify({ calls: [callJson({ date_created: theirs.toUTCString() })] }));
    });
    const begun = Date.now();
    const result = await client.search({ to: TO, from: FROM, since: new Date(begun - 5_000) });
    if (result.kind !== 'found') throw new Error(result.kind);
    const [made] = result.calls.map(({ createdAt }) => createdAt?.getTime() ?? NaN);
    expect(Math.abs((made ?? NaN) - Date.now())).toBeLessThan(Date.now() - begun + 2_000);
  });

  it.each<[string, Behaviour]>([
    ['401', error(401, 20003, 'Authenticate')],
    ['403 of a proxy', [403, '<html>']],
    ['500', [500, '']],
    ['garbage', [200, 'null']],
    ['something that is no list', [200, {}]],
    ['a list of nothings', [200, { calls: [null] }]],
    ['a lost reply', (request) => request.socket.destroy()],
  ])('fails with %s', async (_, behaviour) => {
    const { client } = await twilioThat(behaviour);
    const result = await client.search({ to: TO, from: FROM, since });
    expect(result).toMatchObject({ kind: 'failed', message: expect.any(String) });
  });
});

describe('making a number lead to us', () => {
  const urls = { answerUrl: 'https://a.example/twiml', statusCallbackUrl: 'https://a.example/sc' };
  const sid = `PN${'3'.repeat(32)}`;
  const numbers = (...list: object[]): Reply => [200, { incoming_phone_numbers: list }];

  it('sets its URLs and removes it from an application, whose URLs would take precedence', async () => {
    const { resource, asked } = await twilioThat(
      numbers(
        { sid: `PN${'4'.repeat(32)}`, phone_number: `${FROM}9` },
        { sid, phone_number: FROM },
      ),
      [200, { sid }],
    );
    expect(await resource.configure(FROM, urls)).toEqual({ kind: 'configured' });
    expect(asked[0]?.query.get('PhoneNumber')).toBe(FROM);
    expect(asked[1]?.path).toContain(`/IncomingPhoneNumbers/${sid}.json`);
    expect(Object.fromEntries(asked[1]?.form ?? [])).toEqual({
      VoiceUrl: urls.answerUrl,
      VoiceMethod: 'POST',
      VoiceApplicationSid: '',
      StatusCallback: urls.statusCallbackUrl,
      StatusCallbackMethod: 'POST',
    });
  });

  it('does not accept a page of a proxy as a confirmation', async () => {
    const owned = numbers({ sid, phone_number: FROM });
    for (const reply of [
      [200, '<html>'],
      [404, '<html>'],
      [200, { sid: 'another' }],
    ] satisfies Reply[]) {
      const { resource } = await twilioThat(owned, reply);
      expect(await resource.configure(FROM, urls)).toMatchObject({ kind: 'failed' });
    }
  });

  it.each<[string, Reply, string]>([
    ['is not the account’s', numbers(), 'not-found'],
    ['only looks alike', numbers({ sid, phone_number: `${FROM}9` }), 'not-found'],
    ['cannot be asked for', [500, ''], 'failed'],
    ['is hidden by a proxy', [404, '<html>'], 'failed'],
  ])('changes nothing for one that %s', async (_, reply, kind) => {
    const { resource, asked } = await twilioThat(reply);
    expect(await resource.configure(FROM, urls)).toMatchObject({ kind });
    expect(asked).toHaveLength(1);
  });
});

it('a base URL may have a path and a slash at its end', async () => {
  const { url, asked } = await twilioThat(CREATED);
  await clientAt(`${url}/twilio/`).place(DIAL);
  expect(asked[0]?.path).toBe(`/twilio/2010-04-01/Accounts/${ACCOUNT}/Calls.json`);
});

// The certificate of this file only; it belongs to no real server.
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBnDCCAUGgAwIBAgIUawjBcMQ3DnkugejKVGWqiO7X3BswCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzE3NTQyNVoYDzIxMjYxMDMw
MTc1NDI1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATh7cOjFzFWK6L34gvCjoeIl4usTWnd2pZ/BnRahy+ZDkhOX6vwZM/Q
0lm29t91ubSj1Lcck9UimQW19MkRrFaio28wbTAdBgNVHQ4EFgQUJOmFAABXoscD
Dw0Qxmf9ecDFUDwwHwYDVR0jBBgwFoAUJOmFAABXoscDDw0Qxmf9ecDFUDwwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSQAwRgIhAJGp3qRH6/m2Uuu0NZuRCnboJIjjzUGy+SoOI+LKdPiyAiEA
/1PZylAmNuNoIL9s6/94eePu1dkxJshn5klENW+sQWk=
-----END CERTIFICATE-----`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgSuKuCHOEmFGDPKnv
ToeLQz/+5tORSQtBq83+b6tNDsOhRANCAATh7cOjFzFWK6L34gvCjoeIl4usTWnd
2pZ/BnRahy+ZDkhOX6vwZM/Q0lm29t91ubSj1Lcck9UimQW19MkRrFai
-----END PRIVATE KEY-----`;
