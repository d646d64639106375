import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { Api } from '../support/api.js';
import { API_KEY, THEIR_NUMBER } from '../support/gateway.js';
import { Instances } from '../support/instances.js';
import { postgresStores, type TestStore } from '../support/stores.js';
import { chromiumPath, launch } from './support/chromium.js';
import { violations } from './support/console.js';
import { pictureFile } from './support/pictures.js';

const source = chromiumPath() ? await postgresStores() : null;

(source ? describe : describe.skip)('the instances in the console', () => {
  let store: TestStore;
  let instances: Instances;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    if (!source) throw new Error('skipped');
    store = await source.create();
    instances = await Instances.start(store, { count: 1, env: { INSTANCE_NAME: 'api-1' } });
    await instances.add({ INSTANCE_NAME: 'api-2' });
    browser = await launch();
    const { url } = instances.at(0);
    const context = await browser.newContext({
      locale: 'en-GB',
      viewport: { width: 1200, height: 800 },
    });
    const signedIn = await context.request.post(`${url}/console/api/session`, {
      data: { key: API_KEY },
      headers: { origin: url },
    });
    expect(signedIn.status()).toBe(200);
    page = await context.newPage();
    await page.goto(`${url}/console/`);
  });
  afterAll(async () => {
    await browser.close();
    await instances.stop();
    await store.remove();
    await source?.dispose();
  });

  const card = (name: string) => page.getByRole('listitem').filter({ hasText: name });
  const fact = async (name: string, of: string): Promise<string | null> =>
    card(name)
      .locator('dl > div')
      .filter({ has: page.getByText(of, { exact: true }) })
      .locator('dd')
      .textContent();

  it('are listed, and the one that answers is marked', async () => {
    await page.getByRole('link', { name: 'System' }).click();
    await page.getByRole('heading', { level: 1, name: 'Instances' }).waitFor();
    for (const name of ['api-1', 'api-2']) {
      await card(name).locator('[data-state=ready]').waitFor();
      expect(await fact(name, 'Live calls')).toBe('0 of 500');
      expect(await fact(name, 'Lease')).toMatch(/^renewed [\d.]+ m?s ago$/);
    }
    await card('api-1').getByText('This page comes from it.').waitFor();
    expect(await page.getByText('This page comes from it.').count()).toBe(1);
    await page.getByRole('status').filter({ hasText: '2 instances, 2 ready' }).waitFor({
      state: 'attached',
    });
  });

  it('a call is counted at the instance that has it, without a reload, and its page says which', async () => {
    instances.pick = () => instances.at(1);
    const api = new Api(instances.at(0));
    const { workflow_run_id: runId } = await api.place({ to: THEIR_NUMBER });
    await api.until(runId, (call) => call.streaming);
    await card('api-2').getByText('1 of 500').waitFor();
    expect(await fact('api-1', 'Live calls')).toBe('0 of 500');
    expect(await violations(page)).toEqual([]);
    const picture = await page.screenshot({ path: pictureFile('console-instances') });
    expect(picture.length).toBeGreaterThan(10_000);
    await page.goto(`${instances.at(0).url}/console/calls/${runId}`);
    await page.locator('.facts > div').filter({ hasText: 'Instance' }).getByText('api-2').waitFor();
    await api.request('POST', `/telephony/calls/${runId}/hangup`);
    await api.until(runId, (call) => call.ended_at !== null);
  });

  it('one that leaves disappears by itself', async () => {
    await page.goto(`${instances.at(0).url}/console/instances`);
    await card('api-2').waitFor();
    await instances.at(1).stop();
    await card('api-2').waitFor({ state: 'detached' });
    await card('api-1').waitFor();
  });
});
