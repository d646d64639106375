import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { AgentRegistry } from '../../src/agents/agent-registry.js';
import { ScriptedAgent } from '../../src/agents/test-kit/scripted-agent.js';
import { OUR_NUMBER, THEIR_NUMBER } from '../support/gateway.js';
import { chromiumPath } from './support/chromium.js';
import { ConsoleBench, violations } from './support/console.js';
import { pictureFile } from './support/pictures.js';

const DESK: BrowserContextOptions = { viewport: { width: 1200, height: 800 } };
/** A person's own few colours, in place of the page's. */
const FORCED: BrowserContextOptions = { ...DESK, forcedColors: 'active' };
const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 740 } };

(chromiumPath() ? describe : describe.skip)('every page of the console', () => {
  let bench: ConsoleBench;
  let ended: number;
  let live: number;
  let doubled: number;
  let failed: number;
  beforeAll(async () => {
    bench = await ConsoleBench.start({
      simulated: true,
      carrier: { behaviour: {} },
      env: { WEBHOOK_ALLOWED_HOSTS: '127.0.0.1' },
    });
    const { api, gateway } = bench;
    gateway.service.app.get(AgentRegistry).register(
      new ScriptedAgent('clumsy', () => {
        throw new Error('it did not answer in time');
      }),
    );
    const clumsy = await api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'Night line',
      agent: 'clumsy',
    });
    failed = (await api.place({ to: '+12025550162', workflow_id: clumsy.body.workflow_id }))
      .workflow_run_id;
    await api.until(failed, (call) => call.ended_at !== null);
    const { body } = await api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'Front desk',
      agent: 'tone',
      agent_options: { frequency_hz: 440, level_db: -18 },
      recording: true,
    });
    await api.request('POST', '/webhook-endpoints', { url: 'http://127.0.0.1:9/calls' });
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
    gateway.carrier.behave('+12025550177', { outcome: 'busy' });
    gateway.carrier.behave('+12025550178', { outcome: 'failed' });
    await api.place({ to: '+12025550177' });
    await api.place({ to: '+12025550178' });
    gateway.carrier.callIn({ from: THEIR_NUMBER, to: OUR_NUMBER });
    ended = (await api.place({ to: THEIR_NUMBER, workflow_id: body.workflow_id })).workflow_run_id;
    await api.until(ended, (call) => call.streaming);
    await new Promise((next) => setTimeout(next, 4_000));
    await api.request('POST', `/telephony/calls/${ended}/hangup`);
    await api.until(ended, (call) => call.ended_at !== null);
    gateway.carrier.behave('+12025550179', { callbacks: { doubled: true } });
    doubled = (await api.place({ to: '+12025550179' })).workflow_run_id;
    await api.until(doubled, (call) => call.streaming);
    await api.request('POST', `/telephony/calls/${doubled}/hangup`);
    await api.until(doubled, (call) => call.ended_at !== null);
    live = (await api.place({ to: '+12025550160', workflow_id: body.workflow_id })).workflow_run_id;
    await api.until(live, (call) => call.streaming);
  });
  afterAll(() => bench.stop());

  /** Each page, and what tells that it is all there. */
  const pages: ReadonlyArray<
    [name: string, path: () => string, ready: (page: Page) => Promise<unknown>]
  > = [
    ['live', () => '', (page) => page.getByText('streaming').first().waitFor()],
    ['history', () => 'calls', (page) => page.getByText('no more.').waitFor()],
    [
      'call',
      () => `calls/${ended}`,
      (page) => page.locator('.waveform[data-ready=true]').waitFor(),
    ],
    [
      'call told of twice',
      () => `calls/${doubled}`,
      (page) => page.getByText('told again').first().waitFor(),
    ],
    [
      'failed call',
      () => `calls/${failed}`,
      (page) => page.getByText('The agent’s reason').waitFor(),
    ],
    [
      'live call',
      () => `calls/${live}`,
      (page) => page.getByText('Media stream started').waitFor(),
    ],
    [
      'place, refused',
      () => 'place',
      async (page) => {
        await page.getByLabel('Number to call').fill('12');
        await page.getByRole('button', { name: 'Call', exact: true }).click();
        await page.getByText('Number to call must be').waitFor();
      },
    ],
    [
      'place',
      () => 'place',
      (page) => page.locator('option').first().waitFor({ state: 'attached' }),
    ],
    ['workflows', () => 'workflows', (page) => page.getByText('Front desk').waitFor()],
    ['workflow', () => 'workflows/4', (page) => page.getByLabel('Frequency, in hertz').waitFor()],
    [
      'versions',
      () => 'workflows/3/versions',
      (page) => page.getByText('Version 1, in force').waitFor(),
    ],
    ['agents', () => 'agents', (page) => page.getByText('It needs OPENAI_API_KEY').waitFor()],
    [
      'workflow of an agent that lacks its key',
      () => 'workflows/new?agent=openai-realtime',
      (page) => page.getByText('It needs OPENAI_API_KEY').waitFor(),
    ],
    ['sounds', () => 'sounds', (page) => page.getByText('You have no sounds yet.').waitFor()],
    [
      'new workflow',
      () => 'workflows/new',
      (page) => page.getByLabel('Agent', { exact: true }).waitFor(),
    ],
    ['numbers', () => 'numbers', (page) => page.getByText(OUR_NUMBER).waitFor()],
    ['accounts', () => 'accounts', (page) => page.getByText('simulated ·').waitFor()],
    ['account', () => 'accounts/twilio', (page) => page.getByText(OUR_NUMBER).first().waitFor()],
    ['new account', () => 'accounts/_new', (page) => page.getByLabel('account sid').waitFor()],
    [
      'instances',
      () => 'instances',
      (page) => page.getByText('This page comes from it.').waitFor(),
    ],
    ['alerts', () => 'alerts', (page) => page.getByText('Nobody is told').first().waitFor()],
    ['webhooks', () => 'webhooks', (page) => page.getByText('Is told every event').waitFor()],
    ['webhook', () => 'webhooks/1', (page) => page.locator('.deliveries > li').first().waitFor()],
    [
      'new webhook',
      () => 'webhooks/new',
      (page) => page.getByRole('button', { name: 'Create' }).waitFor(),
    ],
    ['users', () => 'users', (page) => page.getByText('administers the others').waitFor()],
    ['audit log', () => 'audit', (page) => page.getByText('Placed a call').first().waitFor()],
    [
      'settings',
      () => 'settings',
      (page) => page.getByText('STREAM_GRACE_SECONDS').first().waitFor(),
    ],
    ['doctor', () => 'doctor', (page) => page.getByText('What to do:').first().waitFor()],
    ['phone', () => 'phone', (page) => page.locator('h1').waitFor()],
    ['nowhere', () => 'nowhere', (page) => page.getByText('nothing at this address').waitFor()],
  ];

  const open = async (path: string, options: BrowserContextOptions): Promise<Page> => {
    const page = await bench.signedIn('nowhere', options);
    await page.goto(bench.url(path));
    return page;
  };

  it.each([
    ['light', DESK],
    ['dark', DESK],
    ['light', PHONE],
    ['light', FORCED],
  ] as const)('%s: axe finds nothing wrong with any of them (%o)', async (colorScheme, size) => {
    const page = await open('', { ...size, colorScheme });
    const wrong: Record<string, string[]> = {};
    for (const [name, path, ready] of pages) {
      await page.goto(bench.url(path()));
      await ready(page);
      const found = await violations(page);
      if (found.length > 0) wrong[name] = found;
    }
    // It does find what is wrong.
    await page.evaluate(() => document.body.append(document.createElement('button')));
    expect(await violations(page)).toHaveLength(1);
    await page.context().clearCookies();
    await page.goto(bench.url('sign-in'));
    await page.getByLabel('API key').waitFor();
    const found = await violations(page);
    if (found.length > 0) wrong['sign in'] = found;
    await bench.leave(page);
    expect(wrong).toEqual({});
  });

  it('none is wider than a phone of 360 px', async () => {
    const page = await open('', PHONE);
    const wide: Record<string, number> = {};
    for (const [name, path, ready] of pages) {
      await page.goto(bench.url(path()));
      await ready(page);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > 360) wide[name] = width;
    }
    expect(wide).toEqual({});
    await bench.leave(page);
  });

  it('is photographed for the documentation', async () => {
    // axe itself brings styles into shadow trees, which the policy refuses.
    bench.complaints.length = 0;
    const shots: ReadonlyArray<[file: string, page: string, options: BrowserContextOptions]> = [
      ['console-live', 'live', { ...DESK, colorScheme: 'light' }],
      ['console-call', 'call', { ...DESK, colorScheme: 'light' }],
      ['console-call-dark', 'call', { ...DESK, colorScheme: 'dark' }],
      ['console-doctor', 'doctor', { ...DESK, colorScheme: 'light' }],
      ['console-history-phone', 'history', { ...PHONE, colorScheme: 'light' }],
      ['console-call-phone', 'call', { ...PHONE, colorScheme: 'dark' }],
    ];
    for (const [file, name, options] of shots) {
      const [, path, ready] = pages.find(([one]) => one === name) ?? [];
      const page = await open(path?.() ?? '', options);
      await ready?.(page);
      const picture = await page.screenshot({ path: pictureFile(file) });
      expect(picture.length).toBeGreaterThan(10_000);
      await bench.leave(page);
    }
    expect(bench.complaints).toEqual([]);
  });
});
