import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TwilioDiagnostics } from '../../src/providers/twilio/diagnostics.js';
import { SimulatedCarrier } from '../../tools/carrier/simulated-carrier.js';
import type { CarrierOptions } from '../../tools/carrier/carrier-options.js';

const OURS = '+12025550100';
const ACCOUNT = `AC${'1b'.repeat(16)}`;
let carrier: SimulatedCarrier | null = null;
let server: Server | null = null;

afterEach(async () => {
  await carrier?.stop();
  server?.closeAllConnections();
  server?.close();
  [carrier, server] = [null, null];
});

function diagnosticsAt(apiBaseUrl: string, authToken = 'a-token', accountSid = ACCOUNT) {
  return new TwilioDiagnostics({
    accountSid,
    authToken,
    authTokenSecondary: null,
    fromNumbers: [OURS],
    apiBaseUrl,
    callsPerSecond: 1,
  });
}

async function atCarrier(options: CarrierOptions = {}, token?: string) {
  carrier = await SimulatedCarrier.start(options);
  return diagnosticsAt(carrier.baseUrl, token ?? carrier.authToken, carrier.accountSid);
}

async function atServer(listener: RequestListener) {
  server = createServer(listener);
  await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
  return diagnosticsAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

describe('Twilio, asked about itself', () => {
  it('tells the account', async () => {
    expect(await (await atCarrier()).account()).toEqual({
      kind: 'found',
      active: true,
      status: 'active',
      trial: false,
    });
  });

  it('tells a trial account', async () => {
    const diagnostics = await atCarrier({ accountType: 'Trial' });
    expect(await diagnostics.account()).toMatchObject({ kind: 'found', trial: true });
  });

  it('refuses wrong credentials, and tells the time all the same', async () => {
    const diagnostics = await atCarrier({}, 'wrong');
    expect(await diagnostics.account()).toMatchObject({ kind: 'refused' });
    expect(await diagnostics.alerts(new Date())).toMatchObject({ kind: 'not-allowed' });
    expect(await diagnostics.ownedNumbers()).toMatchObject({ kind: 'failed' });
    const asked = performance.now();
    const time = await diagnostics.time();
    if (time.kind !== 'found') throw new Error(time.message);
    expect(Math.abs(time.aheadMs)).toBeLessThan(2_000 + performance.now() - asked);
  });

  it('tells a clock that is wrong', async () => {
    const diagnostics = await atServer((_request, response) => {
      response.setHeader('Date', new Date(Date.now() + 60_000).toUTCString());
      response.end('{}');
    });
    const asked = performance.now();
    const time = await diagnostics.time();
    if (time.kind !== 'found') throw new Error(time.message);
    // Told in whole seconds, and somewhere between question and answer.
    const toleranceMs = 1_500 + performance.now() - asked;
    expect(Math.abs(time.aheadMs - 60_000)).toBeLessThan(toleranceMs);
  });

  it.each([403, 404, 451])(
    'does not take the clock of a proxy’s %i for its own',
    async (status) => {
      const diagnostics = await atServer((_request, response) => {
        response.writeHead(status, { Date: new Date(0).toUTCString() }).end('<html>');
      });
      expect(await diagnostics.time()).toEqual({
        kind: 'failed',
        message: expect.stringContaining('not the carrier'),
      });
    },
  );

  it('tells its alerts, through all pages', async () => {
    const diagnostics = await atCarrier();
    for (let index = 0; index < 120; index += 1) {
      carrier?.alerts.push({
        code: 11_200,
        level: 'error',
        message: 'x',
        callSid: null,
        at: new Date(),
      });
    }
    const old = new Date(Date.now() - 3_600_000);
    carrier?.alerts.unshift({ code: 1, level: 'error', message: 'x', callSid: null, at: old });
    const result = await diagnostics.alerts(new Date(Date.now() - 60_000));
    if (result.kind !== 'found') throw new Error(result.message);
    expect(result.alerts).toHaveLength(120);
    expect(result.alerts[0]).toEqual({
      code: '11200',
      level: 'error',
      at: expect.any(Date),
      host: null,
    });
    expect(diagnostics.explain('11200')?.fix).toContain('answer-url');
    expect(diagnostics.explain('1')).toBeNull();
  });

  it('tells its numbers and where they lead', async () => {
    const voiceUrl = 'https://a.example/twiml';
    const diagnostics = await atCarrier({ numbers: [{ phoneNumber: OURS, voiceUrl }] });
    expect(await diagnostics.ownedNumbers()).toEqual({
      kind: 'found',
      numbers: [
        {
          number: OURS,
          answerUrl: voiceUrl,
          statusCallbackUrl: '',
          statusCallbackMethod: 'POST',
          overriddenBy: null,
        },
      ],
    });
  });

  it.each([
    [{ trunk_sid: `TK${'1'.repeat(32)}`, voice_application_sid: `AP${'1'.repeat(32)}` }, 'trunk'],
    [{ trunk_sid: null, voice_application_sid: `AP${'1'.repeat(32)}` }, 'application'],
  ])('tells who has taken over a number: %j', async (fields, overriddenBy) => {
    const diagnostics = await atServer((_request, response) => {
      response.setHeader('Content-Type', 'application/json');
      const number = { phone_number: OURS, voice_url: null, status_callback_method: 'GET' };
      response.end(JSON.stringify({ incoming_phone_numbers: [{ ...number, ...fields }] }));
    });
    expect(await diagnostics.ownedNumbers()).toMatchObject({
      numbers: [{ answerUrl: '', statusCallbackMethod: 'GET', overriddenBy }],
    });
  });

  it('tells whom an alert is about by the host alone', async () => {
    const urls = [
      'https://Shop.example.net/a?From=1',
      'https://api.twilio.com/2010-04-01/',
      '',
      null,
    ];
    const diagnostics = await atServer((_request, response) => {
      response.setHeader('Content-Type', 'application/json');
      const alerts = urls.map((url) => ({ error_code: '11200', request_url: url }));
      response.end(JSON.stringify({ alerts, meta: { key: 'alerts', next_page_url: null } }));
    });
    const result = await diagnostics.alerts(new Date());
    if (result.kind !== 'found') throw new Error(result.message);
    expect(result.alerts.map(({ host }) => host)).toEqual(['shop.example.net', null, null, null]);
  });

  it.each<[string, RequestListener]>([
    ['breaks down', (_request, response) => response.writeHead(500).end('<html>')],
    [
      'is hidden by a proxy that forbids',
      (_request, response) => response.writeHead(403).end('<html>'),
    ],
    [
      'is hidden by a proxy that wants a password',
      (_request, response) => response.writeHead(401).end('<html>'),
    ],
    [
      'is hidden by a proxy that finds nothing',
      (_request, response) => response.writeHead(404).end('{"code":404}'),
    ],
    ['is another', (_request, response) => response.end('{"sid":"AC2","status":"active"}')],
    ['talks nonsense', (_request, response) => response.end('[1')],
    ['hangs up', (request) => request.destroy()],
  ])('never throws when it %s', async (_how, listener) => {
    const diagnostics = await atServer(listener);
    expect(await diagnostics.account()).toMatchObject({ kind: 'failed' });
    expect(await diagnostics.alerts(new Date())).toMatchObject({ kind: 'failed' });
    expect(await diagnostics.ownedNumbers()).toMatchObject({ kind: 'failed' });
  });
});
