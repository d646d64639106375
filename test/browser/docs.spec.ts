import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { API_KEY } from '../support/gateway.js';
import { chromiumPath } from './support/chromium.js';
import { ConsoleBench } from './support/console.js';

(chromiumPath() ? describe : describe.skip)('the page of the API', () => {
  let bench: ConsoleBench;
  beforeAll(async () => {
    bench = await ConsoleBench.start({ env: { PUBLIC_URL: 'https://gw.example.com/pbx' } });
  });
  afterAll(() => bench.stop());

  it.each(['', '/pbx'])('shows every operation, and tries one out, under "%s"', async (prefix) => {
    const page = await bench.stranger();
    await page.goto(`${bench.gateway.url}${prefix}/docs`);
    await page.getByRole('heading', { name: 'Patchbay' }).waitFor();
    await page.getByText('Place a call').waitFor();
    expect(await page.locator('.opblock').count()).toBeGreaterThan(40);

    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page.getByLabel('auth-bearer-value').fill(API_KEY);
    await page.getByRole('button', { name: 'Apply credentials' }).first().click();
    await page.getByRole('button', { name: 'Close' }).first().click();
    const agents = page.locator('#operations-Workflows-listAgents');
    await agents.getByRole('button').first().click();
    await agents.getByRole('button', { name: 'Try it out' }).click();
    const replied = page.waitForResponse((reply) => reply.url().endsWith('/api/v1/agents'));
    await agents.getByRole('button', { name: 'Execute' }).click();
    const reply = await replied;
    expect(reply.status()).toBe(200);
    expect(reply.url()).toBe(`${bench.gateway.url}${prefix}/api/v1/agents`);
    expect(bench.complaints).toEqual([]);
  });
});
