import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AgentRegistry } from '../../src/agents/agent-registry.js';
import { ScriptedAgent } from '../../src/agents/test-kit/scripted-agent.js';
import { THEIR_NUMBER } from '../support/gateway.js';
import { chromiumPath } from './support/chromium.js';
import { ConsoleBench, violations } from './support/console.js';
import { pictureFile } from './support/pictures.js';

const REASON = 'the model is out of coffee';

(chromiumPath() ? describe : describe.skip)('what became of a call', () => {
  let bench: ConsoleBench;
  let page: Page;
  let failed: number;
  let clumsy: number;
  let well: number;
  beforeAll(async () => {
    bench = await ConsoleBench.start({ carrier: { behaviour: {} } });
    const { api, gateway } = bench;
    gateway.service.app.get(AgentRegistry).register(
      new ScriptedAgent('clumsy', () => {
        throw new Error(REASON);
      }),
    );
    const { body } = await api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'Clumsy',
      agent: 'clumsy',
    });
    clumsy = body.workflow_id;
    const broken = await api.place({ to: THEIR_NUMBER, workflow_id: clumsy });
    failed = broken.workflow_run_id;
    await api.until(failed, (call) => call.ended_at !== null);
    well = (await api.place({ to: THEIR_NUMBER })).workflow_run_id;
    await api.until(well, (call) => call.streaming);
    // Quality is measured over some frames.
    await new Promise((next) => setTimeout(next, 1_000));
    await api.request('POST', `/telephony/calls/${well}/hangup`);
    await api.until(well, (call) => call.ended_at !== null);
    page = await bench.signedIn('calls');
  });
  afterAll(() => bench.stop());

  it('is seen in its row: one whose agent failed is not one that went well', async () => {
    const row = page.getByRole('row').filter({ hasText: `#${failed}` });
    await row.locator('.badge.bad').getByText('agent failed').waitFor();
    expect(await page.locator('.calls-body .badge.good').allTextContents()).toEqual(['✓completed']);
  });

  it('is what the history can be narrowed to', async () => {
    await page.getByLabel('Why it ended').selectOption('agent failed');
    await page.getByText('1 call, no more.').waitFor();
    expect(page.url()).toBe(bench.url('calls?end_reason=agent_failed'));
    await page.getByLabel('Why it ended').selectOption('stream_lost');
    await page.getByText('No call fits.').waitFor();
    await page.getByLabel('Why it ended').selectOption('something went wrong');
    await page.getByText('1 call, no more.').waitFor();
    await page.reload();
    await page.getByText('1 call, no more.').waitFor();
    await page.getByRole('link', { name: `Call ${failed}` }).waitFor();
  });

  it('is a line on the first page for each cause, which leads to the calls', async () => {
    await page.getByRole('link', { name: 'Live' }).click();
    const failures = page.getByRole('region', { name: 'What failed in the last 24 hours' });
    await failures.getByText(`agent failed: ${REASON}`).waitFor();
    await failures.getByText('Clumsy').waitFor();
    expect(await violations(page)).toEqual([]);
    await failures.getByRole('link', { name: '1 call', exact: true }).click();
    await page.getByText('1 call, no more.').waitFor();
    const { search } = new URL(page.url());
    expect(search).toMatch(/^\?end_reason=agent_failed&workflow_id=\d+&hours=24$/);
    expect(await page.getByLabel('Within').inputValue()).toBe('24');
    // One more is counted without a reload.
    await page.getByRole('link', { name: 'Live' }).click();
    await bench.api.place({ to: THEIR_NUMBER, workflow_id: clumsy });
    await failures.getByRole('link', { name: '2 calls', exact: true }).click();
    await page.getByText('2 calls, no more.').waitFor();
  });

  it('can be saved as CSV, as the filters show it', async () => {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save as CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('calls.csv');
    const lines = readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split('\r\n');
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^workflow_run_id,/);
    expect(lines.slice(1).every((line) => line.includes(',agent_failed,'))).toBe(true);
    await page.goto(bench.url('calls?end_reason=agent_failed'));
  });

  it('is also how good its line was, by bounds that are shown', async () => {
    const other = await bench.signedIn(`calls/${well}`, { viewport: { width: 1280, height: 800 } });
    const quality = other.getByRole('region', { name: 'Quality' });
    const jitter = quality.locator('.figures > div').filter({ hasText: 'Jitter' });
    await jitter.getByText('good up to 30 ms, fair up to 50 ms').waitFor();
    await jitter
      .locator('.grade')
      .getByText(/^[✓▲✕] (good|fair|bad)$/)
      .waitFor();
    expect(await violations(other)).toEqual([]);
    await other.screenshot({ path: pictureFile('console-call-quality'), fullPage: true });
    await bench.leave(other);
  });

  it('is told at the head of its page, in the words of whoever failed', async () => {
    await page.getByRole('link', { name: `Call ${failed}` }).click();
    const head = page.getByRole('region', { name: 'Why it ended' });
    await head.getByText('The agent failed').waitFor();
    await head.getByText(`The agent’s reason: ${REASON}.`).waitFor();
    await page.locator('.lead .badge.bad').getByText('agent failed').waitFor();
    expect(await violations(page)).toEqual([]);
  });
});
