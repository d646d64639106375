import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { Api } from '../support/api.js';
import { EventReceiver } from '../support/event-receiver.js';
import { API_KEY, THEIR_NUMBER } from '../support/gateway.js';
import { chromiumPath } from './support/chromium.js';
import { ConsoleBench, violations } from './support/console.js';
import { pictureFile } from './support/pictures.js';

(chromiumPath() ? describe : describe.skip)('the pages about the installation', () => {
  const receiver = new EventReceiver();
  let bench: ConsoleBench;
  let page: Page;
  let url: string;
  beforeAll(async () => {
    url = await receiver.start();
    bench = await ConsoleBench.start({
      env: { WEBHOOK_ALLOWED_HOSTS: '127.0.0.1', STREAM_GRACE_SECONDS: '25' },
      carrier: { behaviour: { hangUpAfterMs: 300 } },
    });
    page = await bench.signedIn('', { viewport: { width: 1280, height: 800 } });
  });
  afterAll(async () => {
    await bench.stop();
    await receiver.stop();
  });

  const picture = async (name: string): Promise<void> => {
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: pictureFile(name), fullPage: true });
    const desk = page.viewportSize() ?? { width: 1280, height: 800 };
    await page.setViewportSize({ width: 360, height: 740 });
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await page.screenshot({ path: pictureFile(`${name}-phone`), fullPage: true });
    await page.setViewportSize(desk);
    await page.emulateMedia({ colorScheme: 'light' });
  };
  const status = async (key: string): Promise<number> =>
    (await new Api(bench.gateway, key).request('GET', '/workflows')).status;

  it('say in a line on every page what is wrong, and lead to the check', async () => {
    const health = page.getByRole('complementary', { name: 'Health' });
    await health.getByText('Broken:').waitFor();
    const link = health.getByRole('link', { name: 'Open the check' });
    const [, check] = /check=([\w-]+)$/.exec((await link.getAttribute('href')) ?? '') ?? [];
    await link.click();
    await page.getByRole('heading', { level: 1, name: 'Doctor' }).waitFor();
    const sought = page.locator('li.sought');
    await sought.getByText(check ?? '?', { exact: true }).waitFor();
    expect(await sought.getAttribute('data-status')).toBe('down');
    await health.getByText('Broken:').waitFor();
  });

  it('a user gets a key, which is shown once, works, and is revoked', async () => {
    await page.getByRole('link', { name: 'System' }).click();
    await page.getByRole('link', { name: 'Users' }).click();
    await page.getByLabel('Name').fill('Sales team');
    await page.getByRole('button', { name: 'Make the user' }).click();
    await page.getByRole('button', { name: 'Issue a key for Sales team' }).click();
    await page.getByLabel('What the key is for').fill('crm');
    await page.getByRole('button', { name: 'Issue it' }).click();
    await page.getByText('This is the key “crm”. It is shown this once.').waitFor();
    const key = (await page.locator('.secret code').textContent()) ?? '';
    expect(key).toMatch(/^pbk_/);
    expect(await status(key)).toBe(200);
    await picture('console-users');
    await page.reload();
    await page.getByText('Sales team').waitFor();
    expect(await page.getByText(key).count()).toBe(0);
    await page.getByRole('button', { name: 'Revoke key crm of Sales team' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No key, so nothing can be done').waitFor();
    expect(await status(key)).toBe(401);
  });

  it('an endpoint that is not accepted says so at its field', async () => {
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await page.getByRole('link', { name: 'Make the first endpoint' }).click();
    await page.getByLabel('URL').fill('https://10.0.0.1/calls');
    await page.getByRole('button', { name: 'Create' }).click();
    const field = page.getByLabel('URL').and(page.locator(':focus'));
    await field.waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    expect(await page.locator('#endpoint-url-error').textContent()).toMatch(/^✕ URL /);
  });

  it('an endpoint is made, its secret shown once, tried, and told of a call', async () => {
    await page.getByLabel('URL').fill(url);
    await page.getByLabel('call.finished').check();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('This is the secret that signs the events').waitFor();
    expect(await page.locator('.secret code').textContent()).toMatch(/^whsec_/);
    await page.getByRole('link', { name: 'Go to the endpoint' }).click();
    await page.getByText('Nothing was to be sent yet.').waitFor();
    await page.getByRole('button', { name: 'Send a test event' }).click();
    await page.getByText('The endpoint answered 204').waitFor();
    receiver.status = 401;
    await page.getByRole('button', { name: 'Send a test event' }).click();
    await page.getByText('It was not delivered: the endpoint answered 401').waitFor();
    receiver.status = 503;
    const { workflow_run_id: runId } = await bench.api.place({ to: THEIR_NUMBER });
    await bench.api.until(runId, (call) => call.ended_at !== null);
    await page.getByRole('button', { name: 'Look again' }).click();
    const delivery = page.locator('.deliveries > li').filter({ hasText: `call #${runId}` });
    await delivery.getByText('the endpoint answered 503').waitFor();
    await picture('console-webhook');
    receiver.status = 204;
    await delivery.getByRole('button', { name: 'again' }).click();
    // That it was delivered is seen without asking.
    await delivery.getByText('delivered').waitFor();
  });

  it('one that says it is gone is seen to be disabled, and enabled again', async () => {
    receiver.status = 410;
    await page.getByRole('button', { name: 'Send a test event' }).click();
    await page.getByText('disabled by its answer').waitFor();
    await page.getByLabel('Send events to it').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.lead').getByText('enabled').waitFor();
    receiver.status = 204;
    await page.getByRole('link', { name: 'Webhooks' }).click();
    await page.getByText('Is told call.finished of every workflow').waitFor();
    await picture('console-webhooks');
  });

  it('the audit log tells who did all this', async () => {
    await page.getByRole('link', { name: 'System' }).click();
    await page.getByRole('link', { name: 'Audit log' }).click();
    const entries = page.getByRole('list', { name: 'Changes' }).getByRole('listitem');
    await entries.filter({ hasText: 'Revoked a key' }).waitFor();
    await entries.filter({ hasText: 'Tested a webhook endpoint' }).first().waitFor();
    await page.getByText('No more.').waitFor();
    await picture('console-audit');
  });

  it('the settings in force are shown with the release, secrets hidden', async () => {
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByText('Patchbay 0.').waitFor();
    const of = (name: string) => page.locator('.settings > div').filter({ hasText: name }).first();
    await of('STREAM_GRACE_SECONDS').getByText('25').waitFor();
    await of('API_KEY').getByText('set, and not shown').waitFor();
    expect(await page.getByText(API_KEY).count()).toBe(0);
    await of('PUBLIC_URL').waitFor();
    await page.getByLabel('Only those that are set').check();
    await of('STREAM_TOKEN_TTL_SECONDS').waitFor({ state: 'detached' });
    await picture('console-settings');
  });

  it('others see their webhooks, and that the rest is not theirs', async () => {
    const { body: user } = await bench.api.request<{ user_id: number }>('POST', '/users', {
      name: 'Curious',
    });
    const { body: issued } = await bench.api.request<{ key: string }>(
      'POST',
      `/users/${user.user_id}/keys`,
      {},
    );
    const other = await bench.stranger();
    await other.goto(bench.url('users'));
    await other.getByLabel('API key').fill(issued.key);
    await other.getByRole('button', { name: 'Sign in' }).click();
    await other.getByText('Only user 1 may manage users and keys.').waitFor();
    expect(await other.getByRole('link', { name: 'System' }).count()).toBe(0);
    await other.getByRole('link', { name: 'Webhooks' }).click();
    await other.getByText('Nobody is told yet.').waitFor();
    expect(await other.getByRole('complementary', { name: 'Health' }).count()).toBe(0);
    await bench.leave(other);
    expect(bench.complaints).toEqual([]);
  });
});
