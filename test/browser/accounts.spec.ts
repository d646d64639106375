import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { SimulatedCarrier } from '../../tools/carrier/simulated-carrier.js';
import { PUBLIC_ORIGIN } from '../support/gateway.js';
import { keepSecrets } from '../support/test-logs.js';
import { chromiumPath } from './support/chromium.js';
import { ConsoleBench, violations } from './support/console.js';

const UK = '+442079460000';

(chromiumPath() ? describe : describe.skip)('the console’s page of accounts', () => {
  let bench: ConsoleBench;
  let uk: SimulatedCarrier;
  let page: Page;
  beforeAll(async () => {
    bench = await ConsoleBench.start();
    uk = await SimulatedCarrier.start({
      numbers: [UK],
      originMap: { [PUBLIC_ORIGIN]: bench.gateway.url },
    });
    keepSecrets(uk.authToken, UK.slice(1));
    page = await bench.signedIn('accounts');
  });
  afterAll(async () => {
    await bench.stop();
    await uk.stop();
  });

  const heading = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor();

  it('shows the environment’s account, which nobody can change there', async () => {
    await page.getByRole('link', { name: 'Twilio', exact: true }).click();
    await heading('Twilio');
    await page.getByText('It is configured by the environment').waitFor();
    expect(await page.getByRole('button', { name: 'Save' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Disable' }).count()).toBe(0);
    await page.getByRole('link', { name: 'Accounts' }).click();
  });

  it('has a form for each carrier, made of its schemas', async () => {
    await page.getByRole('link', { name: 'New account' }).click();
    await heading('New account');
    await page.getByLabel('Carrier').selectOption('Asterisk');
    await page.getByLabel('ari url').waitFor();
    await page.getByLabel('password').waitFor();
    await page.getByText('Tried with the carrier’s own software.').waitFor();
    await page.getByLabel('Carrier').selectOption('Twilio');
    await page.getByLabel('account sid').waitFor();
    expect(await page.getByLabel('ari url').count()).toBe(0);
    expect(await violations(page)).toEqual([]);
  });

  it('says at each field what is wrong, and makes the account when nothing is', async () => {
    await page.getByLabel('Key', { exact: true }).fill('twilio-uk');
    await page.getByLabel('Name', { exact: true }).fill('United Kingdom');
    await page.getByLabel('account sid').fill('AC12');
    await page.getByLabel('from numbers').fill(`${UK}, 442079460001`);
    await page.getByLabel('api base url').fill(uk.baseUrl);
    await page.getByLabel('Auth token', { exact: true }).fill(uk.authToken);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Account sid does not have the form').waitFor();
    await page.getByText('From numbers does not have the form').waitFor();
    await page.getByLabel('account sid').fill(uk.accountSid);
    await page.getByLabel('from numbers').fill(UK);
    await page.getByRole('button', { name: 'Create' }).click();
    await heading('United Kingdom');
    expect(await page.getByLabel('account sid').inputValue()).toBe(uk.accountSid);
    expect(await page.getByLabel('Auth token', { exact: true }).inputValue()).toBe('');
    expect(await page.content()).not.toContain(uk.authToken);
  });

  it('tests the account when asked, and lists its numbers', async () => {
    await page.getByRole('list', { name: 'Numbers of the account' }).getByText(UK).waitFor();
    await page.getByRole('button', { name: 'Test' }).click();
    await page.getByText('Nothing stands in the way of calls.').waitFor();
    await page.getByText('The carrier accepts the credentials').waitFor();
    await page.getByLabel('Auth token', { exact: true }).fill('another-token');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await page.getByRole('button', { name: 'Test' }).click();
    await page.getByText('Calls will fail.').waitFor();
    await page.getByText('What to do:').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('Auth token', { exact: true }).fill(uk.authToken);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Test' }).click();
    await page.getByText('Nothing stands in the way of calls.').waitFor();
  });

  it('keeps a secret when another field is changed', async () => {
    await page.reload();
    await page.getByLabel('Dials a second').fill('2.5');
    await page.getByLabel('Calls at a time').fill('3');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    const { body } = await bench.api.request('GET', '/carrier-accounts/twilio-uk');
    expect(body).toMatchObject({
      calls_per_second: 2.5,
      max_concurrent_calls: 3,
      secrets_set: ['auth_token'],
      settings: { account_sid: uk.accountSid, from_numbers: [UK] },
    });
  });

  it('has a number claimed for the account that owns it', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Numbers' }).click();
    await page.getByLabel('Number, with country code').fill(UK);
    await page.getByLabel('Account', { exact: true }).selectOption('United Kingdom');
    await page.getByRole('button', { name: 'Claim' }).click();
    await page.getByText(`${UK} is claimed, and its addresses are set`).waitFor();
    const { body } = await bench.api.request<{ data: object[] }>('GET', '/phone-numbers');
    expect(body.data).toMatchObject([{ number: UK, account: 'twilio-uk' }]);
  });

  it('disables and enables an account, and deletes it when no number uses it', async () => {
    await page.getByRole('navigation').getByRole('link', { name: 'Accounts' }).click();
    await page.getByRole('link', { name: 'United Kingdom' }).click();
    await page.getByText('answered by Echo').waitFor();
    await page.getByRole('button', { name: 'Disable' }).click();
    await page.locator('[data-state=disabled]').waitFor();
    await page.getByRole('button', { name: 'Enable' }).click();
    await page.locator('[data-state=ready]').waitFor();
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('A claimed number belongs to this account').waitFor();
    const number = `/phone-numbers/${encodeURIComponent(UK)}?account=twilio-uk`;
    await bench.api.request('DELETE', number);
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await heading('Accounts');
    await page.getByText('United Kingdom').waitFor({ state: 'detached' });
    expect(bench.complaints).toEqual([]);
  });
});
