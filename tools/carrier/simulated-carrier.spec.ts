import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CarrierOptions } from './carrier-options.js';
import { SimulatedCarrier } from './simulated-carrier.js';
import { PUBLIC_ORIGIN, SpecGateway } from './spec-gateway.js';

const STREAM_TWIML = `<?xml version="1.0" encoding="UTF-8"?>
<Response><Connect action="${PUBLIC_ORIGIN}/action"><Stream url="wss://gateway.example/ws/1/2/3"><Parameter name="token" value="t-1"/></Stream></Connect></Response>`;

const OURS = '+12025550100';
const THEIRS = '+14155550123';
const TOKEN = 'a-secret';

let gateway: SpecGateway;
let carrier: SimulatedCarrier;

async function start(options: CarrierOptions = {}): Promise<void> {
  carrier = await SimulatedCarrier.start({
    authToken: TOKEN,
    numbers: [
      {
        phoneNumber: OURS,
        voiceUrl: `${PUBLIC_ORIGIN}/voice`,
        statusCallback: `${PUBLIC_ORIGIN}/number-status`,
      },
    ],
    originMap: { [PUBLIC_ORIGIN]: gateway.origin },
    ...options,
  });
}

async function dial(more: Record<string, string> = {}) {
  const form = new URLSearchParams({
    To: THEIRS,
    From: OURS,
    Url: `${PUBLIC_ORIGIN}/voice`,
    StatusCallback: `${PUBLIC_ORIGIN}/status`,
    ...more,
  });
  for (const event of ['initiated', 'ringing', 'answered', 'completed']) {
    form.append('StatusCallbackEvent', event);
  }
  const url = `${carrier.baseUrl}/2010-04-01/Accounts/${carrier.accountSid}/Calls.json`;
  const authorization = `Basic ${Buffer.from(`${carrier.accountSid}:${TOKEN}`).toString('base64')}`;
  const response = await fetch(url, { method: 'POST', body: form, headers: { authorization } });
  expect(response.status).toBe(201);
  const { sid } = (await response.json()) as { sid: string };
  const call = carrier.findCall(sid);
  if (!call) throw new Error('no call');
  return call;
}

const statuses = (path: string) => gateway.seen(path).map(({ fields }) => fields.get('CallStatus'));

beforeEach(async () => {
  gateway = await new SpecGateway(TOKEN).listen();
  gateway.twiml = STREAM_TWIML;
});

afterEach(async () => {
  await carrier.stop();
  await gateway.close();
});

describe('a call placed by REST', () => {
  it('is dialled, answered, streamed, echoed and hung up, all signed and without a violation', async () => {
    await start({ behaviour: { hangUpAfterMs: 1500 } });
    const call = await dial();
    await call.settled;
    expect(carrier.alerts).toEqual([]);
    expect(call.status).toBe('completed');
    expect(statuses('/status')).toEqual(['initiated', 'ringing', 'in-progress', 'completed']);
    expect(gateway.seen('/status').map(({ fields }) => fields.get('SequenceNumber'))).toEqual([
      '0',
      '1',
      '2',
      '3',
    ]);
    expect(statuses('/voice')).toEqual(['in-progress']);
    expect(statuses('/action')).toEqual(['completed']);
    expect(gateway.requests.every(({ signed }) => signed)).toBe(true);
    expect(gateway.upgrades).toMatchObject([{ signed: true }]);
    const echo = call.compareEcho();
    expect(echo.fraction).toBeGreaterThanOrEqual(0.99);
    expect(echo.echoedFrames).toBeGreaterThan(60);
  });
});
