import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignInLink } from '../../src/operations/console/sign-in-link.js';
import { API_KEY } from '../support/gateway.js';
import { chromiumPath } from './support/chromium.js';
import { Database } from '../../src/database/database.js';
import { ConsoleBench, violations } from './support/console.js';

(chromiumPath() ? describe : describe.skip)('signing in to the console', () => {
  let bench: ConsoleBench;
  beforeAll(async () => {
    bench = await ConsoleBench.start();
  });
  afterAll(() => bench.stop());

  it('by key, from any address, leads to what was asked for; signing out closes it again', async () => {
    const page = await bench.stranger();
    await page.goto(bench.url('workflows'));
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.getByLabel('API key').fill(API_KEY);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Workflows' }).waitFor();
    expect(page.url()).toBe(bench.url('workflows'));
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({
      name: 'patchbay_session',
      httpOnly: true,
      sameSite: 'Strict',
      path: '/',
      secure: false,
    });
    // Out of reach of scripts.
    expect(await page.evaluate(() => document.cookie)).toBe('');
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Workflows' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
    expect(bench.complaints).toEqual([]);
  });

  it('a session that is over is said to be; whoever signs in again is where he was', async () => {
    const page = await bench.signedIn('workflows');
    await page.getByRole('link', { name: 'Echo' }).waitFor();
    const database = bench.gateway.service.app.get(Database);
    await database.write((trx) => trx.deleteFrom('console_sessions').execute());
    // The line of changes ends with it, so nobody has to press anything to be told.
    await page.getByText('Your session is over.').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByLabel('API key').fill(API_KEY);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Workflows' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.getByText('Your session is over.').count()).toBe(0);
  });

  it('a service that is away is said to be, and is tried again until it answers', async () => {
    const page = await bench.signedIn('workflows');
    await page.route('**/api/**', (route) => route.abort());
    await page.reload();
    await page.getByText('The service does not answer.').waitFor();
    await page.unroute('**/api/**');
    await page.getByRole('link', { name: 'Echo' }).waitFor();
    expect(await page.getByText('The service does not answer.').count()).toBe(0);
  });

  it('a service that is slow is said to be waited for', async () => {
    // A page that has not read it yet: what is known already is shown meanwhile.
    const page = await bench.signedIn('nowhere');
    let answer = (): void => undefined;
    const slow = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/api/v1/workflows', async (route) => {
      await slow;
      await route.continue();
    });
    await page.getByRole('link', { name: 'Workflows' }).click();
    await page.getByText('Looking…').waitFor();
    answer();
    await page.getByRole('link', { name: 'Echo' }).waitFor();
    expect(await page.getByText('Looking…').count()).toBe(0);
  });

  it('by the link of the start: opened as often as one likes, used once by its button', async () => {
    const { app, localOrigin } = bench.gateway.service;
    const told = (await app.get(SignInLink).invitation(localOrigin, true)) ?? '';
    const link = /http:\S+/.exec(told)?.[0] ?? '';
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/console\/sign-in\?ticket=[\w-]{43}$/);
    const preview = await bench.stranger();
    await preview.goto(link);
    await preview.getByRole('button', { name: 'Sign in with this link' }).waitFor();
    const page = await bench.stranger();
    await page.goto(link);
    // What is copied from the address bar from here on lets nobody in.
    await page.waitForURL(bench.url('sign-in'));
    await page.getByRole('button', { name: 'Sign in with this link' }).click();
    await page.getByRole('heading', { level: 1, name: 'Live calls' }).waitFor();
    await preview.getByRole('button', { name: 'Sign in with this link' }).click();
    await preview.getByText('This link was used before').waitFor();
    await preview.getByLabel('API key').waitFor();
  });

  it('a wrong key is refused in words; too many of them have to wait', async () => {
    const page = await bench.stranger();
    await page.goto(bench.url());
    const key = page.getByLabel('API key');
    await key.fill('wrong-key-of-nobody-0123456789');
    const refused = page.locator('#key-error').getByText('API key is not the key of anyone here.');
    const limited = page.getByText('Too many failed attempts to sign in.');
    await key.press('Enter');
    await refused.waitFor();
    for (let attempt = 0; attempt < 12 && !(await limited.isVisible()); attempt += 1) {
      await Promise.all([
        page.waitForResponse((response) => response.url().endsWith('/console/api/session')),
        key.press('Enter'),
      ]);
    }
    await limited.waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(/Try again in \d+ s/);
    // Whoever shares the address and has the right one is let in all the same.
    await key.fill(API_KEY);
    await key.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Live' }).waitFor();
  });
});
