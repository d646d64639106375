import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SimulatedCarrier } from '../simulated-carrier.js';

let carrier: SimulatedCarrier;
const MINUTE_MS = 60_000;
const ago = (minutes: number): Date => new Date(Date.now() - minutes * MINUTE_MS);
const seconds = (date: Date): string => date.toISOString().replace(/\.\d+Z$/, 'Z');

beforeEach(async () => {
  carrier = await SimulatedCarrier.start();
  carrier.alerts.push(
    { code: 11_200, level: 'error', message: 'no & none', callSid: 'CA1', at: ago(30) },
    { code: 15_003, level: 'warning', message: 'x', callSid: null, at: ago(20) },
    { code: 31_921, level: 'notice', message: 'x', callSid: null, at: ago(10) },
  );
});
afterEach(() => carrier.stop());

async function list(query = '', token = carrier.authToken) {
  const credentials = Buffer.from(`${carrier.accountSid}:${token}`).toString('base64');
  const response = await fetch(
    query.startsWith('http') ? query : `${carrier.baseUrl}/v1/Alerts${query}`,
    { headers: { authorization: `Basic ${credentials}` } },
  );
  const body = (await response.json()) as {
    code?: number;
    alerts: Array<Record<string, unknown>>;
    meta: Record<string, unknown>;
  };
  return { status: response.status, body };
}

describe('the list of alerts', () => {
  it('has the newest alert first, in the shape of Twilio’s Monitor API', async () => {
    const { status, body } = await list();
    expect(status).toBe(200);
    expect(body.alerts.map((alert) => alert['error_code'])).toEqual(['31921', '15003', '11200']);
    expect(body.alerts[2]).toMatchObject({
      account_sid: carrier.accountSid,
      resource_sid: 'CA1',
      log_level: 'error',
      alert_text: 'Msg=no+%26+none',
      date_generated: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    expect(body.meta).toMatchObject({ key: 'alerts', page: 0, page_size: 50, next_page_url: null });
  });

  it('can be filtered by level and time, and read by pages', async () => {
    expect((await list('?LogLevel=warning')).body.alerts).toHaveLength(1);
    expect((await list(`?StartDate=${seconds(ago(25))}`)).body.alerts).toHaveLength(2);
    expect((await list(`?EndDate=${seconds(ago(25))}`)).body.alerts).toHaveLength(1);
    const first = (await list('?PageSize=2')).body;
    expect(first.alerts).toHaveLength(2);
    const second = (await list(String(first.meta['next_page_url']))).body;
    expect(second.alerts.map((alert) => alert['error_code'])).toEqual(['11200']);
    expect(second.meta).toMatchObject({ next_page_url: null, page: 1 });
  });

  it.each([
    'LogLevel=fatal',
    'StartDate=yesterday',
    'StartDate=2020-01-01',
    `EndDate=${new Date().toISOString()}`,
    'PageSize=0',
    'PageSize=1001',
    'Loglevel=error',
  ])('refuses %s', async (query) => {
    expect(await list(`?${query}`)).toMatchObject({ status: 400, body: { code: 20_001 } });
  });

  it('can only be read by the account', async () => {
    expect(await list('', 'wrong')).toMatchObject({ status: 401, body: { code: 20_003 } });
  });
});
