import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { THEIR_NUMBER } from '../support/gateway.js';
import { until } from '../support/patience.js';
import { postgresStore, startPostgres } from '../support/stores.js';
import { chromiumPath } from './support/chromium.js';
import { ConsoleBench, violations } from './support/console.js';

const server = chromiumPath() ? await startPostgres() : null;

(server ? describe : describe.skip)('the console over an outage of the store', () => {
  let bench: ConsoleBench;
  let page: Page;
  beforeAll(async () => {
    const store = await postgresStore(server?.url() ?? '');
    await store.database.close();
    bench = await ConsoleBench.start({ env: store.env, carrier: { behaviour: {} } });
  });
  afterAll(async () => {
    await server?.start();
    await bench.stop();
    await server?.dispose();
  });

  it('says what is wrong, and is as before when it is over, without being loaded anew', async () => {
    const { workflow_run_id: runId } = await bench.api.place({ to: THEIR_NUMBER });
    page = await bench.signedIn('nowhere');
    await page.evaluate(() => Object.assign(window, { loadedOnce: true }));
    await page.getByRole('link', { name: 'History' }).click();
    const row = page.getByRole('row').filter({ hasText: `#${runId}` });
    await row.waitFor();

    await server?.stop();
    // A page that is opened meanwhile says that it cannot be read, and the one before stays as it was.
    await page.getByRole('link', { name: 'Numbers', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Numbers' }).waitFor();
    await page.getByRole('alert').first().waitFor();
    expect(await violations(page)).toEqual([]);
    // Nobody is signed out because nobody could be asked who it is.
    expect(await page.getByLabel('API key').count()).toBe(0);

    await server?.start();
    const ready = `${bench.gateway.url}/health/ready`;
    await until(async () => (await fetch(ready)).status === 200, 'it is ready again');
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'History' }).click();
    await row.waitFor();
    await bench.api.request('POST', `/telephony/calls/${runId}/hangup`);
    await row.getByText('hung up by you').waitFor();
    expect(await page.evaluate(() => 'loadedOnce' in window)).toBe(true);
  });

  it('of which nothing is left afterwards: a call placed then is seen as it comes', async () => {
    await page.getByRole('link', { name: 'Live' }).click();
    await page.locator('.connection.live').waitFor();
    const { workflow_run_id: runId } = await bench.api.place({ to: THEIR_NUMBER });
    await page.getByRole('link', { name: `Call ${runId}` }).waitFor();
    await bench.api.request('POST', `/telephony/calls/${runId}/hangup`);
    await page.getByText('No call is in progress.').waitFor();
    expect(await page.evaluate(() => 'loadedOnce' in window)).toBe(true);
    expect(bench.complaints).toEqual([]);
  });
});
