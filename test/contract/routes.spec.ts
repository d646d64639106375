import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/database/database.js';
import { TwilioCarrier } from '../../src/providers/twilio/twilio.carrier.js';
import type { RestFault } from '../../tools/carrier/rest/rest-fault.js';
import { SimulatedCarrier } from '../../tools/carrier/simulated-carrier.js';
import { Api, type CallJson, type ProblemJson } from '../support/api.js';
import { claimedPort } from '../support/claimed-port.js';
import { UnprefixedKind } from '../support/fake-carrier.js';
import { API_KEY, PUBLIC_ORIGIN } from '../support/gateway.js';
import { startPluggedGateway, type PluggedGateway } from '../support/plugged-gateway.js';
import { keepSecrets } from '../support/test-logs.js';

const NUMBERS = { first: '+15005550006', second: '+15005550009', away: '+15005550010' };
type Account = keyof typeof NUMBERS;

/** The whole service with two simulated accounts, and a third one at which nobody listens. */
describe('a workflow with routes', () => {
  let gateway: PluggedGateway;
  let api: Api;
  let workflowId: number;
  const carriers = {} as Record<'first' | 'second', SimulatedCarrier>;
  /** How often each account was asked to dial. */
  const asked: Record<Account, number> = { first: 0, second: 0, away: 0 };
  let numbers = 0;
  /** Every call its own number. */
  const newNumber = (begin = '+1202555') => `${begin}${String((numbers += 1)).padStart(4, '0')}`;

  const account = (key: Account, carrier: SimulatedCarrier | null): TwilioCarrier => {
    const made = new TwilioCarrier(
      {
        accountSid: carrier?.accountSid ?? `AC${'0'.repeat(32)}`,
        authToken: carrier?.authToken ?? '0'.repeat(32),
        authTokenSecondary: null,
        fromNumbers: [NUMBERS[key]],
        apiBaseUrl: carrier?.baseUrl ?? 'http://127.0.0.1:1',
        callsPerSecond: 1_000,
      },
      key,
    );
    const { calls } = made;
    const place = calls.place.bind(calls);
    calls.place = (call) => {
      asked[key] += 1;
      return place(call);
    };
    return made;
  };

  beforeAll(async () => {
    const port = await claimedPort();
    for (const key of ['first', 'second'] as const) {
      carriers[key] = await SimulatedCarrier.start({
        numbers: [NUMBERS[key]],
        originMap: { [PUBLIC_ORIGIN]: `http://127.0.0.1:${port}` },
        behaviour: { outcome: 'busy', ringMs: 1 },
      });
      keepSecrets(carriers[key].authToken);
    }
    const accounts = [
      account('first', carriers.first),
      account('second', carriers.second),
      account('away', null),
    ];
    const kind = new UnprefixedKind('twilio', accounts);
    gateway = await startPluggedGateway([kind], port, { PUBLIC_URL: PUBLIC_ORIGIN });
    keepSecrets(...Object.values(NUMBERS).map((number) => number.slice(1)), '1202555');
    api = new Api(gateway);
    workflowId = (await workflow([{ account: 'first' }, { account: 'second' }])).workflow_id;
  });
  afterAll(async () => {
    await gateway.stop();
    await Promise.all(Object.values(carriers).map((carrier) => carrier.stop()));
  });
  afterEach(async () => {
    for (const carrier of Object.values(carriers)) {
      carrier.clearFaults();
      await carrier.idle();
      // The refusals are made up; everything else is what Twilio would complain about.
      expect(carrier.violations.filter(({ message }) => !message.startsWith('REST'))).toEqual([]);
    }
    for (const key of Object.keys(asked) as Account[]) asked[key] = 0;
    const database = gateway.app.get(Database, { strict: false });
    await database.write((trx) => trx.deleteFrom('account_circuits').execute());
  });

  const workflow = async (routes: unknown) => {
    const body = { name: 'Routed', agent: 'echo', routes };
    const made = await api.request<{ workflow_id: number }>('POST', '/workflows', body);
    if (made.status !== 201) throw new Error(JSON.stringify(made.body));
    return made.body;
  };
  const post = (body: Record<string, unknown>, headers?: Record<string, string>) =>
    api.request<CallJson & ProblemJson>('POST', '/telephony/calls', body, headers);
  const place = async (to: string, more: Record<string, unknown> = {}): Promise<CallJson> => {
    const { body } = await post({ workflow_id: workflowId, to, ...more });
    return api.until(body.workflow_run_id, ({ status, events }) => {
      const isOver = events.some(({ type }) => type === 'dial') && status !== 'queued';
      return (
        status === 'submission-unknown' ||
        (isOver && status !== 'initiated' && status !== 'ringing')
      );
    });
  };
  const rung = (to: string) =>
    (['first', 'second'] as const).map(
      (key) => carriers[key].calls.filter((call) => call.to === to).length,
    );
  const tries = ({ events }: CallJson) =>
    events
      .filter(({ type }) => type === 'dial')
      .map(({ detail: { account: key, result, code } }) =>
        [key, result, code].map(String).join(' '),
      );

  const refusal = (status: number, code: number) => ({ status, code, message: 'made up' });

  it.each<
    [string, RestFault, { asked: [number, number]; rung: [number, number]; tries: string[] }]
  >([
    [
      'refuses us: the second rings',
      { reply: refusal(401, 20_003) },
      { asked: [1, 1], rung: [0, 1], tries: ['first rejected 20003', 'second accepted null'] },
    ],
    [
      'throttles beyond its pauses: the second rings',
      { reply: { ...refusal(429, 20_429) }, times: 4 },
      {
        asked: [4, 1],
        rung: [0, 1],
        tries: [...Array<string>(4).fill('first throttled null'), 'second accepted null'],
      },
    ],
    [
      'throttles once: it rings there',
      { reply: { ...refusal(429, 20_429) } },
      { asked: [2, 0], rung: [1, 0], tries: ['first throttled null', 'first accepted null'] },
    ],
    [
      'loses its reply, and rings: nobody else is asked',
      { reply: 'lost', carriedOut: true },
      { asked: [1, 0], rung: [1, 0], tries: ['first unknown null'] },
    ],
    [
      'loses the request: nobody else is asked',
      { reply: 'lost', carriedOut: false },
      { asked: [1, 0], rung: [0, 0], tries: ['first unknown null'] },
    ],
    [
      'fails, and rings: nobody else is asked',
      { reply: refusal(500, 20_500), carriedOut: true },
      { asked: [1, 0], rung: [1, 0], tries: ['first unknown 500'] },
    ],
    [
      'is hidden by a proxy’s page, and rings: nobody else is asked',
      { reply: { page: 403 } },
      { asked: [1, 0], rung: [1, 0], tries: ['first unknown 403'] },
    ],
    [
      'says that there is no such number: nobody else is asked',
      { reply: refusal(400, 21_211) },
      { asked: [1, 0], rung: [0, 0], tries: ['first rejected 21211'] },
    ],
  ])('whose first account %s', async (_, fault, expected) => {
    const to = newNumber();
    carriers.first.fault({ to, ...fault });
    const call = await place(to);
    expect([asked.first, asked.second]).toEqual(expected.asked);
    expect(rung(to)).toEqual(expected.rung);
    expect(tries(call)).toEqual(expected.tries);
    const last = expected.asked[1] > 0 ? 'second' : 'first';
    expect(call).toMatchObject({ account: last, from: NUMBERS[last] });
  });

  it('whose first account cannot be reached: the second rings, at once', async () => {
    const to = newNumber();
    const { workflow_id: id } = await workflow([{ account: 'away' }, { account: 'second' }]);
    const call = await place(to, { workflow_id: id });
    expect(call).toMatchObject({ account: 'second', status: 'busy' });
    expect(asked).toEqual({ first: 0, second: 1, away: 1 });
    expect(rung(to)).toEqual([0, 1]);
    expect(tries(call)).toEqual(['away unreachable null', 'second accepted null']);
  });

  it('none of whose accounts takes the call: it is refused with the words of the last', async () => {
    const to = newNumber();
    for (const carrier of Object.values(carriers)) {
      carrier.fault({ to, reply: refusal(403, 20_005) });
    }
    const reply = await post({ workflow_id: workflowId, to });
    expect(reply).toMatchObject({ status: 502, body: { code: 'provider_rejected' } });
    expect(reply.body.detail).toContain('20005');
    const call = await api.call(reply.body.workflow_run_id);
    expect(call).toMatchObject({ status: 'failed', end_reason: 'provider_rejected' });
    expect(tries(call)).toEqual(['first rejected 20005', 'second rejected 20005']);
    expect(rung(to)).toEqual([0, 0]);
  });

  it('whose call is placed twice with one key: it is one call, at the second account', async () => {
    const to = newNumber();
    carriers.first.fault({ to, reply: refusal(401, 20_003) });
    const body = { workflow_id: workflowId, to };
    const both = await Promise.all([1, 2].map(() => post(body, { 'idempotency-key': to })));
    expect(both.map(({ status }) => status)).toEqual(expect.arrayContaining([200, 201]));
    expect(both[0]?.body.workflow_run_id).toBe(both[1]?.body.workflow_run_id);
    expect([asked.first, asked.second]).toEqual([1, 1]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['account', { account: 'first' }],
    ['number', { from: NUMBERS.first }],
    ['carrier', { provider: 'twilio' }],
  ])('that a request overrides by its %s goes nowhere else', async (_, named) => {
    const to = newNumber();
    carriers.first.fault({ to, reply: refusal(401, 20_003) });
    expect((await post({ workflow_id: workflowId, to, ...named })).status).toBe(502);
    expect([asked.first, asked.second]).toEqual([1, 0]);
  });

  it('that are chosen by prefix: the longest first, then the first account where none matches', async () => {
    const routes = [
      { account: 'second', prefixes: ['+44'] },
      { account: 'first', prefixes: ['+4420'] },
    ];
    const { workflow_id: id } = await workflow(routes);
    const london = newNumber('+442079460');
    expect(await place(london, { workflow_id: id })).toMatchObject({ account: 'first' });
    const leeds = newNumber('+441134960');
    expect(await place(leeds, { workflow_id: id })).toMatchObject({
      account: 'second',
      from: NUMBERS.second,
    });
    expect(await place(newNumber(), { workflow_id: id })).toMatchObject({ account: 'first' });
  });

  it('whose first account keeps failing is dialled at the second first, and the metrics say so', async () => {
    for (let nth = 0; nth < 5; nth += 1) {
      const to = newNumber();
      carriers.first.fault({ to, reply: refusal(401, 20_003) });
      await post({ workflow_id: workflowId, to, account: 'first' });
    }
    asked.first = 0;
    expect(await place(newNumber())).toMatchObject({ account: 'second' });
    expect([asked.first, asked.second]).toEqual([0, 1]);
    const metrics = await fetch(`${gateway.url}/metrics`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    const text = await metrics.text();
    expect(text).toContain('patchbay_account_circuit_open{account="first"} 1');
    expect(text).toContain('patchbay_account_circuit_open{account="second"} 0');
  });

  it.each<[string, unknown, string]>([
    ['an unknown account', [{ account: 'first' }, { account: 'nobody' }], 'routes.1.account'],
    ['no account', [{ prefixes: ['+1'] }], 'routes.0.account'],
    ['a number of another account', [{ account: 'first', from: NUMBERS.second }], 'routes.0.from'],
    ['no number', [{ account: 'first', from: 'office' }], 'routes.0.from'],
    ['a prefix without +', [{ account: 'first', prefixes: ['44'] }], 'routes.0.prefixes'],
    ['prefixes that are no list', [{ account: 'first', prefixes: '+44' }], 'routes.0.prefixes'],
    ['an unknown field', [{ account: 'first', weight: 1 }], 'routes.0.weight'],
    ['a text', ['first'], 'routes.0'],
    ['no list', { account: 'first' }, 'routes'],
    ['too many', Array.from({ length: 21 }, () => ({ account: 'first' })), 'routes'],
  ])('that names %s is refused by field', async (_, routes, field) => {
    const body = { name: 'Routed', agent: 'echo', routes };
    const made = await api.request<ProblemJson>('POST', '/workflows', body);
    expect([made.status, made.body.code]).toEqual([400, 'invalid_request']);
    expect(made.body.errors).toMatchObject([{ field }]);
    const changed = await api.request<ProblemJson>('PATCH', `/workflows/${workflowId}`, { routes });
    expect(changed.body.errors).toMatchObject([{ field }]);
  });

  it('is shown as it was made, and changed as a whole', async () => {
    const routes = [
      { account: 'second', from: NUMBERS.second, prefixes: ['+44', '+1415'] },
      { account: 'first' },
    ];
    const { workflow_id: id } = await workflow(routes);
    const path = `/workflows/${id}`;
    const change = async (body: object) => (await api.request('PATCH', path, body)).body;
    expect((await api.request('GET', path)).body).toMatchObject({ routes });
    expect(await change({ name: 'Other' })).toMatchObject({ routes });
    expect(await change({ routes: [{ account: 'first' }] })).toMatchObject({
      routes: [{ account: 'first' }],
    });
    expect(await change({ routes: [] })).toMatchObject({ routes: [] });
  });
});
