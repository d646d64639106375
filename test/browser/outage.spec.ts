import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { THEIR_NUMBER } from '../support/gateway.js';
import { chromiumPath } from './support/chromium.js';
import { ConsoleBench, violations } from './support/console.js';

(chromiumPath() ? describe : describe.skip)('the console over an outage of the service', () => {
  let bench: ConsoleBench;
  let page: Page;
  beforeAll(async () => {
    bench = await ConsoleBench.start({ simulated: true, carrier: { behaviour: {} } });
  });
  afterAll(() => bench.stop());

  /** Nobody presses anything: what is seen afterwards came by itself. */
  const mark = () => page.evaluate(() => Object.assign(window, { loadedOnce: true }));
  const isMarked = () => page.evaluate(() => 'loadedOnce' in window);

  it('a name that could not be read is there as soon as it can be', async () => {
    const { workflow_run_id: runId } = await bench.api.place({ to: THEIR_NUMBER });
    page = await bench.signedIn('nowhere');
    await mark();
    await page.route('**/api/v1/workflows*', (route) => route.abort());
    await page.getByRole('link', { name: 'History' }).click();
    const row = page.getByRole('row').filter({ hasText: `#${runId}` });
    await row.getByText('Workflow 1').waitFor();
    await page.unroute('**/api/v1/workflows*');
    await row.getByText('Echo').waitFor();
    await bench.api.request('POST', `/telephony/calls/${runId}/hangup`);
    await row.getByText('hung up by you').waitFor();
    expect(await isMarked()).toBe(true);
  });

  it('a workflow that was made meanwhile has its name in the list', async () => {
    const made = await bench.api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'Made meanwhile',
      agent: 'echo',
    });
    const { workflow_run_id: runId } = await bench.api.place({
      to: THEIR_NUMBER,
      workflow_id: made.body.workflow_id,
    });
    await page
      .getByRole('row')
      .filter({ hasText: `#${runId}` })
      .getByText('Made')
      .waitFor();
    await bench.api.request('POST', `/telephony/calls/${runId}/hangup`);
    await bench.api.until(runId, (call) => call.ended_at !== null);
  });

  it('errors of pages opened while it is away vanish when it is back', async () => {
    await page.route('**/api/**', (route) => route.abort());
    for (const name of ['Numbers', 'Doctor', 'Phone', 'Workflows']) {
      await page.getByRole('link', { name, exact: true }).click();
      await page.getByRole('heading', { level: 1, name }).waitFor();
      await page.getByRole('alert').first().waitFor();
      await page.unroute('**/api/**');
      await page.getByRole('alert').waitFor({ state: 'detached' });
      await page.route('**/api/**', (route) => route.abort());
    }
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    expect(await isMarked()).toBe(true);
  });

  it('says that live calls are not known while it is away, and shows them when it is back', async () => {
    await page.getByRole('link', { name: 'Live' }).click();
    await page.locator('.connection.live').waitFor();
    await page.getByText('No call is in progress.').waitFor();
    await bench.gateway.service.stop();
    await page.getByText('reconnecting…').waitFor();
    await page.getByText('Which calls are in progress is not known').waitFor();
    expect(await page.getByText('No call is in progress.').count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    // With another carrier, too: the page has not been loaded anew.
    await page.getByText('Calls are simulated and never leave this machine.').waitFor();
    await bench.gateway.startAgain(false);
    const { workflow_run_id: runId } = await bench.api.place({ to: THEIR_NUMBER });
    await page.getByRole('link', { name: `Call ${runId}` }).waitFor();
    await page.getByText('Calls are simulated').waitFor({ state: 'detached' });
    expect(await page.getByRole('alert').count()).toBe(0);
    await bench.api.request('POST', `/telephony/calls/${runId}/hangup`);
    await page.getByText('No call is in progress.').waitFor();
    expect(await isMarked()).toBe(true);
  });

  it('a call that was simulated is marked, also when real ones are made', async () => {
    await page.getByRole('link', { name: 'History' }).click();
    await page.getByText('3 calls, no more.').waitFor();
    const marks = await page
      .locator('.calls-body [role=row]')
      .evaluateAll((rows) =>
        rows.map((row) => row.querySelector('.simulated')?.textContent ?? null),
      );
    expect(marks).toEqual([null, 'simulated', 'simulated']);
    await page.getByRole('link', { name: 'Call 1', exact: true }).click();
    await page.locator('.lead').getByText('simulated').waitFor();
    await page.getByText('twilio, simulated').waitFor();
  });
});
