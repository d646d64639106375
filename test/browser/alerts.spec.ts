import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AlertWatch } from '../../src/doctor/alerts/alert-watch.js';
import { EventReceiver } from '../support/event-receiver.js';
import { chromiumPath } from './support/chromium.js';
import { ConsoleBench, violations } from './support/console.js';
import { pictureFile } from './support/pictures.js';

(chromiumPath() ? describe : describe.skip)('alerts in the console', () => {
  const chat = new EventReceiver();
  let bench: ConsoleBench;
  let page: Page;
  beforeAll(async () => {
    const url = await chat.start();
    bench = await ConsoleBench.start({
      simulated: true,
      env: {
        ALERTS_WEBHOOK_URL: url,
        ALERTS_EMAIL_TO: 'ops@example.com',
        // Nobody is there.
        SMTP_URL: 'smtp://127.0.0.1:9',
        ALERTS_EVERY_SECONDS: '3600',
      },
    });
    page = await bench.signedIn('', { viewport: { width: 1280, height: 800 } });
  });
  afterAll(async () => {
    await bench.stop();
    await chat.stop();
  });

  it('say how people are told, and what became of a test message', async () => {
    await page.getByRole('link', { name: 'System' }).click();
    await page.getByRole('link', { name: 'Alerts' }).click();
    const ways = page.getByRole('list', { name: 'Ways' });
    await ways.getByText('127.0.0.1').waitFor();
    await ways.getByText('o…@example.com').waitFor();
    await page.getByText('Quiet time: what came back').waitFor();
    await page.getByText('Nobody was told anything yet.').waitFor();
    await page.getByRole('button', { name: 'Send a test message' }).press('Enter');
    const result = page.getByRole('alert').filter({ hasText: 'Webhook delivered.' });
    await result.getByText(/^Mail not delivered: .*SMTP_URL/).waitFor();
    const message = page.getByRole('list', { name: 'Messages' }).getByRole('listitem');
    await message.getByText('Test message').waitFor();
    await message.getByText('simulated', { exact: true }).waitFor();
    expect(await page.getByText('ops@example.com').count()).toBe(0);
    expect(await violations(page)).toEqual([]);
  });

  it('show what is broken, since when, and when it was told', async () => {
    const watch = bench.gateway.service.app.get(AlertWatch);
    await watch.round();
    await page.reload();
    const checks = page.getByRole('list', { name: 'Checks' });
    const broken = checks.locator('li[data-status=down]').first();
    await broken.getByText('Not told yet').waitFor();
    await watch.round();
    await page.reload();
    await broken.getByText(/^Told at /).waitFor();
    await broken.locator('time').waitFor();
    await page
      .getByRole('list', { name: 'Messages' })
      .getByText(/^Down: /)
      .waitFor();
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: pictureFile('console-alerts'), fullPage: true });
    await broken.getByRole('link').click();
    await page.locator('li.sought').waitFor();
    expect(bench.complaints).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('fit a phone, %s', async (colorScheme) => {
    const narrow = await bench.signedIn('alerts', {
      colorScheme,
      viewport: { width: 360, height: 740 },
    });
    await narrow.getByText('Test message', { exact: true }).waitFor();
    await narrow.getByRole('list', { name: 'Checks' }).waitFor();
    expect(await narrow.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(await violations(narrow)).toEqual([]);
    await narrow.screenshot({ path: pictureFile(`console-alerts-phone-${colorScheme}`) });
    await bench.leave(narrow);
  });
});
