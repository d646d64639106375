import { afterEach, describe, expect, it } from '@jest/globals';
import { OURS, SpecPair } from '../spec-carrier.js';

let pair: SpecPair;

afterEach(() => pair.stop());

async function control(method: string, path: string, body?: unknown) {
  const { baseUrl, accountSid, authToken } = pair.carrier;
  const response = await fetch(`${baseUrl}/control${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, response };
}

describe('the control API', () => {
  it('starts an inbound call, shows it, presses its keys and hangs it up', async () => {
    pair = await SpecPair.start();
    const created = await control('POST', '/calls', { from: '+12025550199', to: OURS });
    expect(created.status).toBe(201);
    const { sid } = (await created.response.json()) as { sid: string };
    await pair.carrier.findCall(sid)?.streamStarted;
    expect((await control('POST', `/calls/${sid}/digits`, { digits: '12#' })).status).toBe(200);
    expect((await control('POST', `/calls/${sid}/digits`, { digits: 'x' })).status).toBe(400);
    expect((await control('POST', `/calls/${sid}/hangup`)).status).toBe(200);
    await pair.carrier.idle();
    const listed = await (await control('GET', '/calls')).response.json();
    expect(listed).toMatchObject([{ sid, status: 'completed', direction: 'inbound' }]);
    const wav = await (await control('GET', `/calls/${sid}/heard.wav`)).response.arrayBuffer();
    expect(Buffer.from(wav).toString('latin1', 0, 4)).toBe('RIFF');
    const digits = pair.gateway.messages.filter(({ event }) => event === 'dtmf');
    expect(digits).toHaveLength(3);
  });

  it('sets behaviour and faults, and lists violations', async () => {
    pair = await SpecPair.start();
    await control('POST', '/behaviour', { outcome: 'busy', ringMs: 10 });
    expect(await (await pair.dial()).ended).toBe('busy');
    await control('POST', '/faults', { reply: { status: 429 } });
    await expect(pair.dial()).rejects.toThrow('Simulated fault');
    await expect(pair.dial({ Timeout: '9999' })).rejects.toThrow('Timeout');
    const violations = await (await control('GET', '/violations')).response.json();
    expect(violations).toMatchObject([{ code: 21_208 }]);
  });

  it('refuses unknown requests and unknown credentials', async () => {
    pair = await SpecPair.start();
    expect((await control('GET', '/nothing')).status).toBe(404);
    expect((await control('POST', '/calls', { to: '+10000000000' })).status).toBe(400);
    expect((await control('POST', '/calls', 'text')).status).toBe(400);
    expect((await fetch(`${pair.carrier.baseUrl}/control/calls`)).status).toBe(401);
  });
});
