import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { NetworkOptions } from '../network.js';
import { Network } from '../network.js';
import { SPEC_CERTIFICATE, SPEC_KEY } from '../spec-certificate.js';
import { PUBLIC_ORIGIN, SpecGateway } from '../spec-gateway.js';
import type { Webhook } from './webhook.js';
import { WebhookClient } from './webhook-client.js';
import { expectQuick, until } from '../../../test/support/patience.js';

const TOKEN = 'a-secret';
let gateway: SpecGateway;

function client(network: NetworkOptions = { originMap: { [PUBLIC_ORIGIN]: gateway.origin } }) {
  const problems: string[] = [];
  const stopping = new AbortController();
  const webhooks = new WebhookClient(
    new Network(network),
    {
      authToken: TOKEN,
      homeRegion: 'us1',
      signsUnescapedQuery: false,
      retryPauseMs: 1,
      onProblem: (_webhook, _code, message) => problems.push(message),
    },
    stopping.signal,
  );
  const send = (path: string, more: Partial<Webhook> = {}) =>
    webhooks.send({
      kind: 'status',
      callSid: 'CA1',
      method: 'POST',
      url: PUBLIC_ORIGIN + path,
      fields: [
        ['From', '+12025550100'],
        ['Note', "O'Hara & Söhne"],
        ['Empty', ''],
      ],
      ...more,
    });
  return { send, problems, stopping };
}

beforeEach(async () => {
  gateway = await new SpecGateway(TOKEN).listen();
});

afterEach(() => gateway.close());

describe('a webhook', () => {
  it('is a signed form POST with the headers that Twilio sends', async () => {
    await client().send('/status?a=1#rc=2');
    const [seen] = gateway.requests;
    expect(seen).toMatchObject({ method: 'POST', path: '/status', signed: true });
    expect(seen?.headers).toMatchObject({
      host: 'gateway.example',
      'user-agent': 'TwilioProxy/1.1',
      'x-home-region': 'us1',
      accept: '*/*',
      'accept-encoding': 'gzip',
    });
    expect(seen?.headers['i-twilio-idempotency-token']).toMatch(/^[0-9a-f-]{36}$/);
    expect(seen?.fields.get('Note')).toBe("O'Hara & Söhne");
  });

  it('by GET carries and signs its fields in the query', async () => {
    await client().send('/status?a=1', { method: 'GET' });
    expect(gateway.requests).toMatchObject([{ method: 'GET', signed: true }]);
    expect(gateway.requests[0]?.fields.get('a')).toBe('1');
    expect(gateway.requests[0]?.fields.get('From')).toBe('+12025550100');
  });

  it('is not repeated on 500 by default', async () => {
    gateway.replies['/status'] = { status: 500 };
    const { record } = await client().send('/status');
    expect(record).toMatchObject({ status: 500, attempts: [{ status: 500 }] });
  });

  it('is repeated on 500 when the URL asks for it, under another idempotency token', async () => {
    gateway.replies['/status'] = () => ({ status: gateway.requests.length < 3 ? 503 : 204 });
    const { record } = await client().send('/status#rc=3&rp=5xx');
    expect(record.attempts.map(({ status }) => status)).toEqual([503, 503, 204]);
    const tokens = gateway.requests.map(({ headers }) => headers['i-twilio-idempotency-token']);
    expect(new Set(tokens).size).toBe(3);
  });

  it('is repeated once when nothing listens there, and fails with 11205', async () => {
    const { send } = client({ originMap: { [PUBLIC_ORIGIN]: 'http://127.0.0.1:1' } });
    const delivery = await send('/status');
    expect(delivery).toMatchObject({ kind: 'failed', code: 11_205 });
    expect(delivery.record.attempts).toHaveLength(2);
  });

  it('is given up after the read timeout, and repeated when rp names rt', async () => {
    gateway.replies['/status'] = () => ({ afterMs: gateway.requests.length < 2 ? 600_000 : 0 });
    const { record } = await client().send('/status#rt=1000&rp=rt');
    expect(record.attempts.map(({ errorCode }) => errorCode)).toEqual([11_205, null]);
  });

  it('follows redirects, but not more than ten', async () => {
    gateway.redirects['/loop'] = `${PUBLIC_ORIGIN}/loop`;
    expect(await client().send('/loop')).toMatchObject({ kind: 'failed', code: 11_215 });
    expect(gateway.requests).toHaveLength(11);
  });

  it('repeats method and fields after a 307, and signs the new URL', async () => {
    gateway.redirects['/old'] = `${PUBLIC_ORIGIN}/new`;
    await client().send('/old');
    expect(gateway.seen('/new')).toMatchObject([{ method: 'POST', signed: true }]);
  });

  it('names overrides that it cannot use', async () => {
    const { send, problems } = client();
    await send('/status#rc=99');
    expect(problems).toEqual(['rc=99 is not within 0 to 5']);
  });

  it('ends at once when the carrier stops', async () => {
    gateway.replies['/status'] = { afterMs: 600_000 };
    const { send, stopping } = client();
    const sending = send('/status');
    await until(() => gateway.requests.length === 1);
    stopping.abort();
    const { record } = await sending;
    // The carrier itself would wait for 15 s.
    expect(record.latencyMs).toBeLessThan(14_000);
    expectQuick(record.latencyMs, 1_000);
  });
});

describe('over TLS', () => {
  async function withTls(network: NetworkOptions) {
    const server = createServer({ cert: SPEC_CERTIFICATE, key: SPEC_KEY }, (request, response) => {
      response.writeHead(204, { 'X-Host': request.headers.host ?? '' });
      response.end();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const connectTo = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { send } = client({ ...network, connectTo: { 'gateway.example': connectTo } });
    const delivery = await send('/status#rc=0');
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    return delivery;
  }

  it('reaches the public name at another address and checks its certificate', async () => {
    expect(await withTls({ ca: SPEC_CERTIFICATE })).toMatchObject({
      kind: 'reply',
      reply: { status: 204, headers: { 'x-host': 'gateway.example' } },
    });
  });

  it('refuses a certificate that is not trusted', async () => {
    expect(await withTls({})).toMatchObject({ kind: 'failed', code: 11_237 });
  });
});
