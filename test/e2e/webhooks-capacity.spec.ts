import { afterEach, describe, expect, it } from '@jest/globals';
import { newSid } from '../../tools/carrier/sids.js';
import { Api, type CallJson } from '../support/api.js';
import { OUR_NUMBER, startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';
import { BUSY, CarrierRequests, streamOf } from '../support/signed-request.js';

describe('an inbound call', () => {
  let gateway: Gateway | null = null;

  afterEach(async () => {
    await gateway?.stop();
    gateway = null;
  });

  const start = async (env: Record<string, string>) => {
    gateway = await startGateway({ env, carrier: { behaviour: { queuedMs: 600_000 } } });
    const api = new Api(gateway);
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
    return { gateway, api, carrier: new CarrierRequests(gateway) };
  };
  const runsOf = async (api: Api, callSid: string) =>
    (await api.request<{ data: CallJson[] }>('GET', `/telephony/calls?provider_call_id=${callSid}`))
      .body.data;

  it.each(['MAX_CONCURRENT_CALLS', 'MAX_CONCURRENT_CALLS_PER_USER'])(
    'over %s: busy and no run, while admitted ones are never refused',
    async (limit) => {
      const { api, carrier } = await start({ [limit]: '1' });
      const [admitted, refused] = [newSid('CA'), newSid('CA')];
      streamOf(await carrier.answer(null, carrier.inboundFields(admitted)));
      for (const method of ['GET', 'POST'] as const) {
        const reply = await carrier.answer(null, carrier.inboundFields(refused), { method });
        expect([reply.status, reply.text]).toEqual([200, BUSY]);
        streamOf(await carrier.answer(null, carrier.inboundFields(admitted), { method }));
      }
      expect(await runsOf(api, refused)).toEqual([]);
      // Its end makes room.
      expect((await carrier.callback(null, carrier.event(admitted, 'completed', 0))).status).toBe(
        204,
      );
      streamOf(await carrier.answer(null, carrier.inboundFields(refused)));
    },
  );

  it('one of ten at once, with room for three: three are let in, whatever repeats', async () => {
    const { carrier, api } = await start({ MAX_CONCURRENT_CALLS: '3' });
    const sids = Array.from({ length: 10 }, () => newSid('CA'));
    const replies = await Promise.all(
      [...sids, ...sids].map((sid) => carrier.answer(null, carrier.inboundFields(sid))),
    );
    expect(replies.filter(({ text }) => text !== BUSY).map(streamOf)).toHaveLength(6);
    const { body } = await api.request<{ data: CallJson[] }>('GET', '/telephony/calls');
    expect(body.data).toHaveLength(3);
  });

  it('while draining: busy and no run, while admitted ones go on to their end', async () => {
    const { gateway: draining, api, carrier } = await start({ DRAIN_TIMEOUT_SECONDS: '20' });
    const [admitted, refused, ringing] = [newSid('CA'), newSid('CA'), newSid('CA')];
    const outbound = await api.place({ to: THEIR_NUMBER });
    streamOf(await carrier.answer(null, carrier.inboundFields(ringing)));
    const { url, token } = streamOf(await carrier.answer(null, carrier.inboundFields(admitted)));
    const [run] = await runsOf(api, admitted);
    const stream = await draining.carrier.connectStream({
      url,
      callSid: admitted,
      customParameters: { token },
    });
    if (stream.kind !== 'open') throw new Error(`refused: ${JSON.stringify(stream)}`);
    await api.until(run?.workflow_run_id ?? 0, (one) => one.streaming);

    const stopping = draining.service.stop();
    const ready = async () => (await fetch(`${draining.url}/health/ready`)).status;
    while ((await ready()) === 200) await new Promise((next) => setTimeout(next, 10));

    const reply = await carrier.answer(null, carrier.inboundFields(refused));
    expect([reply.status, reply.text]).toEqual([200, BUSY]);
    expect(await runsOf(api, refused)).toEqual([]);
    // Admitted before: asked again, answered now, or told of.
    streamOf(await carrier.answer(null, carrier.inboundFields(ringing)));
    const sid = outbound.provider_call_id ?? '';
    streamOf(await carrier.answer(outbound, carrier.fieldsOf(sid, 'in-progress')));
    const event = carrier.event(sid, 'completed', 3);
    expect((await carrier.callback(outbound.workflow_run_id, event)).status).toBe(204);
    expect((await api.call(outbound.workflow_run_id)).status).toBe('completed');
    stream.client.destroy();
    await stopping;
  });
});
