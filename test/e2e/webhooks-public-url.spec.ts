import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectStream } from '../../tools/carrier/media/connect-stream.js';
import { Network } from '../../tools/carrier/network.js';
import { newSid } from '../../tools/carrier/sids.js';
import { Api, type CallJson } from '../support/api.js';
import { OUR_NUMBER, startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';
import {
  answerTarget,
  CarrierRequests,
  STATUS_CALLBACK,
  streamOf,
} from '../support/signed-request.js';
import { until } from '../support/patience.js';

const SILENT = { behaviour: { queuedMs: 600_000 } };

describe('the public URL', () => {
  let gateway: Gateway | null = null;

  afterEach(async () => {
    await gateway?.stop();
    gateway = null;
  });

  const start = async (publicUrl: string, more: Parameters<typeof startGateway>[0] = {}) => {
    gateway = await startGateway({
      carrier: SILENT,
      ...more,
      env: { PUBLIC_URL: publicUrl, ...more.env },
    });
    return gateway;
  };

  it('with a path prefix is served with and without it, and signed with it', async () => {
    const prefixed = await start('https://gw.example.com/pbx/one');
    const carrier = new CarrierRequests(prefixed, 'https://gw.example.com');
    const call = await new Api(prefixed).place({ to: THEIR_NUMBER });
    const sid = call.provider_call_id ?? '';
    const bare = answerTarget(call);
    const full = `/pbx/one${bare}`;
    for (const method of ['GET', 'POST'] as const) {
      const fields = carrier.fieldsOf(sid, 'in-progress');
      const asked = { method, fields };
      const { action, url } = streamOf(await carrier.send({ ...asked, target: full }));
      expect(action).toMatch(/^https:\/\/gw\.example\.com\/pbx\/one\/api\/v1\/telephony\/twiml\?/);
      expect(url).toMatch(/^wss:\/\/gw\.example\.com\/pbx\/one\/api\/v1\/telephony\/ws\//);
      streamOf(
        await carrier.send({ ...asked, target: bare, publicUrl: 'https://gw.example.com/pbx/one' }),
      );
      expect((await carrier.send({ ...asked, target: bare })).status).toBe(403);
      const twice = { ...asked, target: `/pbx/one${full}` };
      expect([400, 403, 404]).toContain((await carrier.send(twice)).status);
    }
    for (const target of [`/pbx/one${STATUS_CALLBACK}`, STATUS_CALLBACK]) {
      const reply = await carrier.send({
        target: `${target}/${call.workflow_run_id}`,
        signedTarget: `/pbx/one${STATUS_CALLBACK}/${call.workflow_run_id}`,
        fields: carrier.event(sid, 'ringing', 1),
      });
      expect(reply.status).toBe(204);
    }
  });

  it('with a path prefix carries a whole call, audio and all', async () => {
    const prefixed = await start('https://gw.example.com/pbx', { carrier: {} });
    const api = new Api(prefixed);
    const placed = await api.place({ to: THEIR_NUMBER });
    const call = await prefixed.carrier.waitForCall();
    await call.streamStarted;
    await until(() => call.heardAudio.length > 20 * 160);
    call.hangUp();
    await call.settled;
    await api.until(placed.workflow_run_id, (one) => one.status === 'completed');
    expect(call.compareEcho().fraction).toBeGreaterThanOrEqual(0.99);
    expect(prefixed.carrier.violations).toEqual([]);
  });

  it('may name its host in any case', async () => {
    const mixed = await start('https://GW.Example.com');
    const call = await new Api(mixed).place({ to: THEIR_NUMBER });
    for (const publicUrl of ['https://GW.Example.com', 'https://gw.example.com']) {
      const carrier = new CarrierRequests(mixed, publicUrl);
      const fields = carrier.event(call.provider_call_id ?? '', 'ringing', 1);
      expect((await carrier.callback(call.workflow_run_id, fields)).status).toBe(204);
    }
  });

  it('may change: calls placed under the earlier one live on', async () => {
    const [old, current] = ['https://old.example.com', 'https://new.example.com'];
    const account = { accountSid: newSid('AC'), authToken: 'b'.repeat(32), ...SILENT };
    const env = { DATA_DIR: await mkdtemp(join(tmpdir(), 'patchbay-test-')) };
    const first = await start(old, { carrier: account, env });
    await new Api(first).request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
    const outbound = await new Api(first).place({ to: THEIR_NUMBER });
    const inboundSid = newSid('CA');
    const before = new CarrierRequests(first, old);
    const { url: inboundUrl } = streamOf(
      await before.answer(null, before.inboundFields(inboundSid)),
    );
    await first.service.stop();
    await first.carrier.stop();

    const second = await start(current, { carrier: account, env });
    const api = new Api(second);
    const byOld = new CarrierRequests(second, old);
    const byNew = new CarrierRequests(second, current);
    const { workflow_run_id: runId, provider_call_id: sid } = outbound;

    // Both names are right for a call of the old one, and its URLs stay the old ones.
    for (const carrier of [byOld, byNew]) {
      const asked = await carrier.answer(outbound, carrier.fieldsOf(sid ?? '', 'in-progress'));
      expect(streamOf(asked).url).toMatch(/^wss:\/\/old\.example\.com\//);
      const reply = await carrier.callback(runId, carrier.event(sid ?? '', 'ringing', 1));
      expect(reply.status).toBe(204);
    }
    const again = await byOld.answer(null, byOld.inboundFields(inboundSid));
    expect(streamOf(again).url).toBe(inboundUrl);
    const ended = byOld.event(inboundSid, 'completed', 0, { CallDuration: '1' });
    expect((await byOld.callback(null, ended)).status).toBe(204);

    // The old name is right for nothing else.
    const fresh = await api.place({ to: THEIR_NUMBER });
    const freshEvent = byOld.event(fresh.provider_call_id ?? '', 'ringing', 1);
    expect((await byOld.callback(fresh.workflow_run_id, freshEvent)).status).toBe(403);
    expect((await byOld.answer(null, byOld.inboundFields())).status).toBe(403);
    const { events } = await api.call(fresh.workflow_run_id);
    expect(events.map(({ type }) => type)).toEqual(['dial']);

    // Not even for a stream of the new one, while one of the old call is let in.
    const { url, token } = streamOf(
      await byOld.answer(outbound, byOld.fieldsOf(sid ?? '', 'in-progress')),
    );
    const stream = await connect(second, url, outbound, token);
    expect(stream.kind).toBe('open');
    if (stream.kind === 'open') stream.client.destroy();
    const { workflow_id, user_id, workflow_run_id } = fresh;
    const forged = `wss://old.example.com/api/v1/telephony/ws/${workflow_id}/${user_id}/${workflow_run_id}`;
    expect(await connect(second, forged, fresh, token)).toMatchObject({
      kind: 'refused',
      status: 403,
    });
  });

  /** A stream whose upgrade is signed over `url` and sent to where the gateway listens. */
  async function connect(target: Gateway, url: string, call: CallJson, token: string) {
    return connectStream({
      url,
      authToken: target.carrier.authToken,
      accountSid: target.carrier.accountSid,
      callSid: call.provider_call_id ?? '',
      customParameters: { token },
      network: new Network({
        originMap: { [new URL(url).origin.replace('wss', 'https')]: target.url },
      }),
    });
  }
});
