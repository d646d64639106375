import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { signWebhook, withUnescapedQuery } from '../../tools/carrier/signing/signature.js';
import { Api, type CallJson } from '../support/api.js';
import { PUBLIC_ORIGIN, startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';
import {
  answerTarget,
  CarrierRequests,
  encode,
  STATUS_CALLBACK,
  streamOf,
  type Field,
} from '../support/signed-request.js';

const SECOND_TOKEN = '0123456789abcdef0123456789abcdef';

/** The text with the byte at `index` changed into another that means something else. */
function changedAt(text: string, index: number): string {
  const was = text.charAt(index);
  const other = was === 'A' ? 'B' : 'A';
  return text.slice(0, index) + other + text.slice(index + 1);
}

describe('a signed webhook', () => {
  let gateway: Gateway;
  let api: Api;
  let carrier: CarrierRequests;
  let call: CallJson;
  let sid: string;

  beforeAll(async () => {
    gateway = await startGateway({
      env: { TWILIO_AUTH_TOKEN_SECONDARY: SECOND_TOKEN },
      carrier: { behaviour: { queuedMs: 600_000 } },
    });
    api = new Api(gateway);
    carrier = new CarrierRequests(gateway);
    call = await api.place({ to: THEIR_NUMBER });
    sid = call.provider_call_id ?? '';
  });
  afterAll(() => gateway.stop());

  const leavesNoTrace = async (act: () => Promise<void>) => {
    const before = await api.call(call.workflow_run_id);
    await act();
    expect(await api.call(call.workflow_run_id)).toEqual(before);
  };
  const statusesOf = async (
    indices: number[],
    ask: (index: number) => Promise<{ status: number }>,
  ) => {
    const statuses = new Set<number>();
    for (const index of indices) statuses.add((await ask(index)).status);
    return [...statuses];
  };
  const upTo = (length: number, from = 0) =>
    Array.from({ length: length - from }, (_, index) => index + from);

  it('with any byte of its body changed: 403, without a trace', async () => {
    const fields = carrier.event(sid, 'ringing', 1);
    const body = encode(fields);
    await leavesNoTrace(async () => {
      const statuses = await statusesOf(upTo(body.length), (index) =>
        carrier.callback(call.workflow_run_id, fields, { body: changedAt(body, index) }),
      );
      expect(statuses).toEqual([403]);
    });
  });

  it('with any byte of its query changed: 403, without a trace', async () => {
    const fields = carrier.fieldsOf(sid, 'in-progress');
    const signedTarget = answerTarget(call);
    const query = signedTarget.indexOf('?') + 1;
    await leavesNoTrace(async () => {
      const statuses = await statusesOf(upTo(signedTarget.length, query), (index) =>
        carrier.send({ target: changedAt(signedTarget, index), signedTarget, fields }),
      );
      expect(statuses).toEqual([403]);
    });
  });

  it('by GET, with any byte of its query changed: 403, without a trace', async () => {
    const signedTarget = `${answerTarget(call)}&${encode(carrier.fieldsOf(sid, 'in-progress'))}`;
    const query = signedTarget.indexOf('?') + 1;
    await leavesNoTrace(async () => {
      const statuses = await statusesOf(upTo(signedTarget.length, query), (index) =>
        carrier.send({ method: 'GET', target: changedAt(signedTarget, index), signedTarget }),
      );
      expect(statuses).toEqual([403]);
    });
  });

  it('with any byte of its path changed: refused, without a trace', async () => {
    const fields = carrier.event(sid, 'ringing', 1);
    const signedTarget = `${STATUS_CALLBACK}/${call.workflow_run_id}`;
    await leavesNoTrace(async () => {
      const statuses = await statusesOf(upTo(signedTarget.length, 1), (index) =>
        carrier.send({ target: changedAt(signedTarget, index), signedTarget, fields }),
      );
      // Other paths are other pages, which know nothing of forms.
      expect(statuses.filter((status) => ![400, 403, 404].includes(status))).toEqual([]);
    });
  });

  it.each<[string, (fields: Field[]) => Field[]]>([
    ['one more field', (fields) => [...fields, ['Novel', '1']]],
    ['one more, empty', (fields) => [...fields, ['Novel', '']]],
    ['one field less', (fields) => fields.slice(1)],
    ['a name told twice, differently', (fields) => [...fields, ['CallStatus', 'completed']]],
    ['a bracketed double of a name', (fields) => [...fields, ['CallStatus[]', 'completed']]],
    ['a name in another case', (fields) => [...fields, ['callstatus', 'completed']]],
  ])('and then given %s: 403, without a trace', async (_name, spoil) => {
    const fields = carrier.event(sid, 'ringing', 1);
    await leavesNoTrace(async () => {
      const reply = await carrier.callback(call.workflow_run_id, fields, {
        body: encode(spoil(fields)),
      });
      expect(reply.status).toBe(403);
    });
  });

  it('sent to another run, or to the number’s URL: 403, without a trace', async () => {
    const other = await api.place({ to: THEIR_NUMBER });
    const fields = carrier.event(sid, 'completed', 1);
    await leavesNoTrace(async () => {
      for (const target of [`${STATUS_CALLBACK}/${other.workflow_run_id}`, STATUS_CALLBACK]) {
        const signedTarget = `${STATUS_CALLBACK}/${call.workflow_run_id}`;
        expect((await carrier.send({ target, signedTarget, fields })).status).toBe(403);
      }
    });
  });

  it.each([
    ['the address it listens on', () => gateway.url],
    ['plain http', () => PUBLIC_ORIGIN.replace('https', 'http')],
    ['wss', () => PUBLIC_ORIGIN.replace('https', 'wss')],
    ['another host', () => 'https://evil.example'],
    ['another port', () => `${PUBLIC_ORIGIN}:8443`],
    ['a path prefix that is none of ours', () => `${PUBLIC_ORIGIN}/pbx`],
  ])('over %s: 403, without a trace', async (_name, publicUrl) => {
    await leavesNoTrace(async () => {
      const fields = carrier.event(sid, 'ringing', 1);
      const more = { publicUrl: publicUrl() };
      expect((await carrier.callback(call.workflow_run_id, fields, more)).status).toBe(403);
    });
  });

  it('is not judged by Host or X-Forwarded-*', async () => {
    const headers = {
      Host: 'evil.example',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'http',
      'X-Forwarded-Port': '81',
      'X-Forwarded-Prefix': '/evil',
      'X-Original-URL': '/evil',
      Forwarded: 'host=evil.example;proto=http',
    };
    const fields = carrier.event(sid, 'initiated', 0);
    expect((await carrier.callback(call.workflow_run_id, fields, { headers })).status).toBe(204);
    await leavesNoTrace(async () => {
      const forged = { headers, publicUrl: 'http://evil.example' };
      expect((await carrier.callback(call.workflow_run_id, fields, forged)).status).toBe(403);
    });
  });

  it('has its fields in any order, and a pair told twice counts once', async () => {
    const fields: Field[] = [
      ...carrier.event(sid, 'ringing', 1),
      ['b', '2'],
      ['b', '1'],
      ['B', ''],
      ['a[x][y]', '\u{1f4de} +%'],
      ['Größe', 'ß'],
    ];
    const body = encode([...fields.slice().reverse(), ['b', '1']]);
    expect((await carrier.callback(call.workflow_run_id, fields, { body })).status).toBe(204);
  });

  it('may carry a default port, or a query of which some was signed unescaped', async () => {
    const more = { publicUrl: `${PUBLIC_ORIGIN}:443` };
    const fields = carrier.event(sid, 'ringing', 1);
    expect((await carrier.callback(call.workflow_run_id, fields, more)).status).toBe(204);
    const asked = carrier.fieldsOf(sid, 'in-progress', { From: "sip:o'hara@pbx.example" });
    const target = `${answerTarget(call)}&${encode(asked).replaceAll("'", '%27')}`;
    expect(target).toMatch(/%27.*%40/);
    const signedTarget = withUnescapedQuery(target);
    streamOf(await carrier.send({ method: 'GET', target, signedTarget }));
  });

  it('by either token while they rotate, by no third one and by none', async () => {
    const fields = carrier.event(sid, 'ringing', 1);
    const by = async (token: string) =>
      (await carrier.callback(call.workflow_run_id, fields, { token })).status;
    expect(await by(gateway.carrier.authToken)).toBe(204);
    expect(await by(SECOND_TOKEN)).toBe(204);
    expect(await by(SECOND_TOKEN.replace('0', '1'))).toBe(403);
    const url = `${PUBLIC_ORIGIN}${STATUS_CALLBACK}/${call.workflow_run_id}`;
    const signature = signWebhook(url, fields, '');
    const reply = await carrier.callback(call.workflow_run_id, fields, { signature });
    expect(reply.status).toBe(403);
  });

  it('by POST is not one by GET, nor the other way round', async () => {
    const fields = carrier.fieldsOf(sid, 'in-progress');
    const target = `${answerTarget(call)}&${encode(fields)}`;
    await leavesNoTrace(async () => {
      // The signature of the GET is right for the URL; its fields are not in the form.
      expect((await carrier.send({ method: 'POST', target, fields: [] })).status).toBe(400);
      const signature = signWebhook(PUBLIC_ORIGIN + target, fields, gateway.carrier.authToken);
      expect((await carrier.send({ method: 'GET', target, signature })).status).toBe(403);
    });
  });
});
