import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Api, type CallJson } from '../support/api.js';
import { OUR_NUMBER, PUBLIC_ORIGIN, startGateway, type Gateway } from '../support/gateway.js';

const DOMAIN = 'acme.sip.twilio.com';
const voiceUrl = `${PUBLIC_ORIGIN}/api/v1/telephony/twiml`;

describe('parties that are no plain numbers', () => {
  let gateway: Gateway;
  let api: Api;
  /** Of workflows that answer a number, and a SIP address. */
  let [byNumber, byAddress] = [0, 0];

  /** What carriers write in place of our number, and of others. */
  const called = {
    sip: `sip:${OUR_NUMBER}@${DOMAIN};user=phone;transport=tls`,
    whatsapp: `whatsapp:${OUR_NUMBER}`,
    digits: OUR_NUMBER.slice(1),
    sales: `sips:sales@${DOMAIN.toUpperCase()}:5061`,
    nobody: 'sip:nobody@pbx.example.com',
    none: '',
  };

  const newWorkflow = async (name: string): Promise<number> => {
    const { body } = await api.request<{ workflow_id: number }>('POST', '/workflows', {
      name,
      agent: 'echo',
    });
    return body.workflow_id;
  };
  const callIn = async (to: string, from: string): Promise<CallJson | undefined> => {
    const call = gateway.carrier.callIn({ to, from, behaviour: { hangUpAfterMs: 200 } });
    await call.settled;
    return (await list(`provider_call_id=${call.sid}`))[0];
  };
  const list = async (query: string): Promise<CallJson[]> =>
    (await api.request<{ data: CallJson[] }>('GET', `/telephony/calls?${query}`)).body.data;
  const found = async (number: string): Promise<number[]> =>
    (await list(`number=${encodeURIComponent(number)}`)).map((call) => call.workflow_run_id);

  beforeAll(async () => {
    gateway = await startGateway({
      carrier: {
        numbers: [OUR_NUMBER, ...Object.values(called)].map((phoneNumber) => ({
          phoneNumber,
          voiceUrl,
        })),
      },
    });
    api = new Api(gateway);
    byNumber = await newWorkflow('Number');
    byAddress = await newWorkflow('Address');
    for (const [number, workflow_id] of [
      [OUR_NUMBER, byNumber],
      [`sip:sales@${DOMAIN};x=y`, byAddress],
    ] as const) {
      const claimed = await api.request('POST', '/phone-numbers', { number, workflow_id });
      expect(claimed.status).toBe(201);
    }
  });
  afterAll(() => gateway.stop());

  it.each(['sip', 'whatsapp', 'digits'] as const)(
    'a call to our number as %s is answered by the workflow that has claimed it, and found by it',
    async (clothes) => {
      const from = '+14155552671';
      const run = await callIn(called[clothes], from);
      expect(run).toMatchObject({ workflow_id: byNumber, to: called[clothes], from });
      for (const number of [OUR_NUMBER, OUR_NUMBER.slice(1), called[clothes]]) {
        expect(await found(number)).toContain(run?.workflow_run_id);
      }
    },
  );

  it('a call to a claimed SIP address is answered, whatever its carrier adds to the address', async () => {
    const run = await callIn(called.sales, 'sip:anna.smith@pbx.example.com:5060;tag=1');
    expect(run).toMatchObject({ workflow_id: byAddress, to: called.sales });
    expect(await found(`sip:sales@${DOMAIN}`)).toEqual([run?.workflow_run_id]);
    expect(await found('sip:anna.smith@pbx.example.com')).toEqual([run?.workflow_run_id]);
    expect(await found(OUR_NUMBER)).not.toContain(run?.workflow_run_id);
  });

  it('a caller of 283 characters is cut, and the call taken', async () => {
    const from = `sip:+12025550177@pbx.example.com;${'x=y;'.repeat(70)}`.slice(0, 283);
    const run = await callIn(called.digits, from);
    expect(run?.from).toBe(from.slice(0, 256));
    expect(await found('+12025550177')).toEqual([run?.workflow_run_id]);
  });

  it('a client that calls nobody, and an address nobody has claimed, are rejected', async () => {
    for (const to of [called.none, called.nobody]) {
      expect(await callIn(to, 'client:anna')).toBeUndefined();
    }
    expect(await found('client:anna')).toEqual([]);
  });

  it('names and numbers are masked when asked, wherever they stand', async () => {
    await callIn(called.whatsapp, 'client:anna.smith');
    await callIn(called.sip, 'Anonymous');
    const masked = JSON.stringify(await list('mask_numbers=true&limit=100'));
    expect(masked).toContain(`"sip:•••@${DOMAIN}"`);
    expect(masked).toContain('"client:•••"');
    expect(masked).toContain('"Anonymous"');
    expect(masked).toContain(`"whatsapp:+•••••••••${OUR_NUMBER.slice(-2)}"`);
    expect(masked).not.toMatch(/anna|smith|sales/);
    expect(masked).not.toContain(OUR_NUMBER.slice(1, 6));
  });

  it('an address is claimed once, led elsewhere and released, however it is written', async () => {
    const number = `sip:help@${DOMAIN}`;
    const claim = (text: string) =>
      api.request<Record<string, unknown>>('POST', '/phone-numbers', {
        number: text,
        workflow_id: byNumber,
      });
    const first = await claim(`sips:help@${DOMAIN.toUpperCase()}:5061`);
    expect(first.body).toMatchObject({
      number,
      carrier: { configured: false, reason: 'a SIP address is set up at its SIP domain' },
    });
    expect((first.body['carrier'] as { voice_url: string }).voice_url).toContain(voiceUrl);
    expect((await claim(number)).status).toBe(409);
    const path = `/phone-numbers/${encodeURIComponent(number)}`;
    const led = await api.request('PATCH', path, { workflow_id: byAddress });
    expect(led.body).toMatchObject({ number, workflow_id: byAddress });
    expect((await api.request('DELETE', `${path}%3Btransport=tls`)).status).toBe(204);
    expect((await api.request('DELETE', path)).status).toBe(404);
  });

  it.each(['anonymous', 'client:anna', 'whatsapp:+12025550100', '12025550100', 'sip:anna'])(
    '%s cannot be claimed',
    async (number) => {
      const reply = await api.request('POST', '/phone-numbers', { number, workflow_id: 1 });
      expect(reply.status).toBe(400);
    },
  );

  it.each(['+5215512345678', '+541115001234'])(
    '%s, which a numbering plan does not know, is dialled and claimed',
    async (number) => {
      const placed = await api.place({ to: number });
      expect(placed).toMatchObject({ to: number });
      expect(placed.provider_call_id).toMatch(/^CA/);
      const claimed = await api.request('POST', '/phone-numbers', { number, workflow_id: 1 });
      expect(claimed.status).toBe(201);
    },
  );
});
