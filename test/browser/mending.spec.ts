import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { SimulatedCarrier } from '../../tools/carrier/simulated-carrier.js';
import { PUBLIC_ORIGIN, THEIR_NUMBER } from '../support/gateway.js';
import { keepSecrets } from '../support/test-logs.js';
import { TwilioBot } from '../support/twilio-bot.js';
import { chromiumPath } from './support/chromium.js';
import { ConsoleBench, violations } from './support/console.js';
import { pictureFile } from './support/pictures.js';

const UK = '+442079460000';

(chromiumPath() ? describe : describe.skip)('a call that failed', () => {
  const bot = new TwilioBot();
  let bench: ConsoleBench;
  let uk: SimulatedCarrier;
  let page: Page;
  beforeAll(async () => {
    await bot.listen();
    bench = await ConsoleBench.start({
      carrier: { behaviour: {} },
      env: { AGENT_ALLOWED_HOSTS: '127.0.0.1' },
    });
    uk = await SimulatedCarrier.start({
      numbers: [UK],
      originMap: { [PUBLIC_ORIGIN]: bench.gateway.url },
    });
    keepSecrets(uk.authToken, UK.slice(1));
    const { api } = bench;
    await api.request('POST', '/workflows', {
      name: 'Our bot',
      agent: 'relay',
      // Nobody listens there.
      agent_options: { url: 'ws://127.0.0.1:9/stream' },
    });
    await api.request('POST', '/carrier-accounts', {
      key: 'twilio-uk',
      provider: 'twilio',
      settings: { account_sid: uk.accountSid, from_numbers: [UK], api_base_url: uk.baseUrl },
      secrets: { auth_token: 'mistyped-when-it-was-entered' },
    });
    await api.request('POST', '/workflows', {
      name: 'British desk',
      agent: 'echo',
      routes: [{ account: 'twilio-uk' }],
    });
    page = await bench.signedIn('', { viewport: { width: 1280, height: 800 } });
  });
  afterAll(async () => {
    await bench.stop();
    await uk.stop();
    await bot.die();
  });

  const failures = () => page.getByRole('region', { name: 'What failed in the last 24 hours' });
  const why = () => page.getByRole('region', { name: 'Why it ended' });
  const workflowId = async (name: string): Promise<number> => {
    const { body } = await bench.api.request<{
      data: Array<{ workflow_id: number; name: string }>;
    }>('GET', '/workflows');
    return body.data.find((one) => one.name === name)?.workflow_id ?? 0;
  };
  const picture = async (name: string): Promise<void> => {
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: pictureFile(name), fullPage: true });
  };

  it('by its agent is found, understood, put right and made again without leaving the console', async () => {
    const placed = await bench.api.place({
      to: THEIR_NUMBER,
      workflow_id: await workflowId('Our bot'),
      context: { order: 7 },
    });
    await bench.api.until(placed.workflow_run_id, (call) => call.ended_at !== null);
    // Found: a line of the first page, which appears by itself, and leads to the call.
    const line = failures().getByRole('listitem').filter({ hasText: 'Our bot' });
    await line.getByText(/^agent failed: .*bot/).waitFor();
    await picture('console-mending-found');
    await line.getByRole('link').last().click();
    // Understood: the agent's own words.
    await why().getByText('The agent failed').waitFor();
    await why()
      .getByText(/The agent’s reason: .*bot/)
      .waitFor();
    await picture('console-mending-why');
    // Put right.
    await why().getByRole('link', { name: 'Change the workflow “Our bot”' }).click();
    await page.getByLabel('Address of the bot').fill(bot.url);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    // Made again.
    await page.goBack();
    await page.getByRole('link', { name: 'Call again' }).click();
    await page.getByLabel('Number to call').waitFor();
    expect(await page.getByLabel('Number to call').inputValue()).toBe(THEIR_NUMBER);
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await page.getByText('audio is flowing').waitFor();
    expect(bot.streams.at(-1)?.start.customParameters).toMatchObject({ order: '7' });
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.locator('.lead .badge.good').getByText('completed').waitFor();
    await picture('console-mending-done');
    expect(bench.complaints).toEqual([]);
  });

  it('by its account leads to the account, whose key is corrected, and goes through', async () => {
    await page.getByRole('link', { name: 'Live' }).click();
    await page.getByRole('link', { name: 'Place a call' }).click();
    await page.getByLabel('Number to call').fill(THEIR_NUMBER);
    await page.getByLabel('Workflow').selectOption('British desk');
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await page.getByRole('link', { name: /^Call #\d+$/ }).click();
    await why().getByText('The carrier refused to dial.').waitFor();
    await picture('console-mending-account');
    await why().getByRole('link', { name: 'Look at the account twilio-uk' }).click();
    await page.getByRole('button', { name: 'Test' }).click();
    await page.locator('.checks [data-status=down]').first().waitFor();
    await page.getByLabel('Auth token', { exact: true }).fill(uk.authToken);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    await page.getByRole('button', { name: 'Test' }).click();
    await page.getByText('Nothing stands in the way of calls.').waitFor({ state: 'attached' });
    await page.goBack();
    await page.getByRole('link', { name: 'Call again' }).click();
    await page.getByLabel('Number to call').waitFor();
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await page.getByText('audio is flowing').waitFor();
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.locator('.lead .badge.good').getByText('completed').waitFor();
    expect(bench.complaints).toEqual([]);
  });
});
