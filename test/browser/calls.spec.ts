import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { CallJson } from '../support/api.js';
import { OUR_NUMBER, THEIR_NUMBER } from '../support/gateway.js';
import { until } from '../support/patience.js';
import { refusedUpgrade } from '../support/refused-upgrade.js';
import { chromiumPath } from './support/chromium.js';
import { ConsoleBench, violations } from './support/console.js';

(chromiumPath() ? describe : describe.skip)('calls in the console', () => {
  let bench: ConsoleBench;
  let page: Page;
  let recorded: number;
  beforeAll(async () => {
    bench = await ConsoleBench.start({ carrier: { behaviour: {} } });
    const made = await bench.api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'Recorded echo',
      agent: 'echo',
      recording: true,
    });
    recorded = made.body.workflow_id;
    await bench.api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
    page = await bench.signedIn();
  });
  afterAll(() => bench.stop());

  const row = (runId: number) =>
    page.getByRole('row').filter({ has: page.getByRole('link', { name: `Call ${runId}` }) });
  const status = (runId: number) => row(runId).locator('[data-status]');

  it('a live call appears, moves and leaves without the page being loaded anew', async () => {
    await page.getByText('No call is in progress.').waitFor();
    await page.evaluate(() => Object.assign(window, { loadedOnce: true }));
    const { workflow_run_id: runId } = await bench.api.place({ to: THEIR_NUMBER });
    await row(runId).waitFor();
    await status(runId).getByText('on the line').waitFor();
    await row(runId).getByText('streaming').waitFor();
    const seen = await row(runId).locator('.duration').textContent();
    await page.waitForFunction(
      (before) =>
        document.querySelector('.calls .duration:not([role=columnheader])')?.textContent !== before,
      seen,
    );
    const [phone] = bench.gateway.carrier.calls;
    phone?.hangUp();
    const ended = page.getByRole('table', { name: 'Calls that ended just now' });
    await ended.getByText('other side hung up').waitFor();
    expect(await status(runId).textContent()).toContain('completed');
    expect(await page.evaluate(() => 'loadedOnce' in window)).toBe(true);
  });

  it('an inbound call is shown with the number it comes from', async () => {
    const phone = bench.gateway.carrier.callIn({ from: THEIR_NUMBER, to: OUR_NUMBER });
    await phone.streamStarted;
    const live = page.getByRole('table', { name: 'Live calls' });
    await live.getByText(`from ${THEIR_NUMBER}`).waitFor();
    phone.hangUp();
    await live.waitFor({ state: 'detached' });
  });

  it('a broken line is said, and taken up again where it was', async () => {
    await page.context().setOffline(true);
    await page.getByText('reconnecting…').waitFor();
    const { workflow_run_id: runId } = await bench.api.place({ to: THEIR_NUMBER });
    await bench.api.until(runId, (call) => call.status === 'answered');
    await page.context().setOffline(false);
    await page.locator('.connection.live').waitFor();
    await status(runId).getByText('on the line').waitFor();
    bench.gateway.carrier.calls.at(-1)?.hangUp();
    await page.getByRole('table', { name: 'Live calls' }).waitFor({ state: 'detached' });
  });

  it('a call placed by hand is followed on its page to its recording', async () => {
    await page.getByRole('link', { name: 'Place a call' }).click();
    await page.getByLabel('Number to call').fill('+1 (202) 555-0143');
    await page.getByLabel('Workflow').selectOption('Recorded echo');
    await page.getByText('More', { exact: true }).click();
    await page.getByLabel('Context').fill('{"order": 7}');
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await page.getByText('Media stream started').waitFor();
    await page.getByText('audio is flowing').waitFor();
    await page.getByRole('heading', { name: 'Quality at this moment' }).waitFor();
    const framesIn = page.locator('.figures div', { hasText: 'Frames in' }).locator('dd');
    const before = await framesIn.textContent();
    await page.waitForFunction(
      (text) => !document.querySelector('.figures')?.textContent?.includes(`Frames in${text}`),
      before,
    );
    const [, runId] = /calls\/(\d+)$/.exec(page.url()) ?? [];
    expect(await bench.api.call(Number(runId))).toMatchObject({
      workflow_id: recorded,
      to: THEIR_NUMBER,
      context: { order: 7 },
    });
    await page.waitForTimeout(1_500);
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('It was hung up through the API or from this console.').waitFor();
    await page.getByText('Media stream ended').waitFor();
    const titles = await page.locator('.timeline strong').allTextContents();
    expect(titles).toEqual(
      expect.arrayContaining([
        'The carrier began to dial',
        'Ringing',
        'Answered',
        'Media stream started',
        'Media stream ended',
        'Call over',
      ]),
    );
    await page.locator('.waveform[data-ready=true]').waitFor();
    // Both channels are drawn: something of each is not transparent.
    expect(await drawnChannels(page)).toBe(2);
    await page.getByRole('button', { name: 'Play', exact: true }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await page.waitForFunction(() => {
      const range = document.querySelector<HTMLInputElement>('.controls input[type=range]');
      return range !== null && Number(range.value) > 0.2;
    });
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('heading', { name: 'Quality' }).waitFor();
    await page.getByText('First audio').waitFor();
    expect(bench.complaints).toEqual([]);
  });

  it('a live call is transferred to a target of its workflow, and says what became of it', async () => {
    const person = '+12025550178';
    const made = await bench.api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'With people',
      agent: 'echo',
      transfer_targets: [{ name: 'Sales', to: person }],
    });
    const { workflow_run_id: runId } = await bench.api.place({
      to: THEIR_NUMBER,
      workflow_id: made.body.workflow_id,
    });
    const other = await bench.signedIn(`calls/${runId}`);
    await other.getByRole('button', { name: 'Transfer…' }).click();
    const dialog = other.getByRole('dialog', { name: 'Transfer the call' });
    expect(await violations(other)).toEqual([]);
    await dialog.getByLabel('To whom').fill('Nobody');
    await dialog.getByRole('button', { name: 'Transfer', exact: true }).click();
    await dialog.getByText('To whom must be a phone number in E.164').waitFor();
    await dialog.getByLabel('To whom').fill('Sales');
    await dialog.getByLabel('Said to them first').fill('A caller.');
    await dialog.getByRole('button', { name: 'Transfer', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await other.getByText('The person answered').waitFor();
    const leg = await bench.gateway.carrier.waitForCall(({ to }) => to === person);
    // Before that, what is announced would be cut off, and the caller would come back.
    await until(() => leg.bridges.length > 0);
    leg.hangUp();
    await other.getByText('The caller was connected with a person').waitFor();
    await other.getByText('to Sales · announced').waitFor();
    await bench.leave(other);
    expect(bench.complaints).toEqual([]);
  });

  it('what came twice, and what was refused, is marked as such', async () => {
    bench.gateway.carrier.behave('+12025550179', { callbacks: { doubled: true } });
    const { workflow_run_id: runId } = await bench.api.place({ to: '+12025550179' });
    await bench.api.until(runId, (call) =>
      call.events.some((event) => event.outcome === 'duplicate' && event.status === 'answered'),
    );
    await refusedUpgrade(bench.gateway, runId);
    const other = await bench.signedIn(`calls/${runId}`);
    const answered = other.locator('.timeline > li').filter({ hasText: 'Answered' });
    await answered.getByText('told again').click();
    await answered.locator('[data-outcome=duplicate]').getByText('by the carrier').waitFor();
    await other.getByText('A media stream was refused: it was not signed.').waitFor();
    await other.getByRole('button', { name: 'Hang up' }).click();
    await other.getByRole('button', { name: 'Erase…' }).waitFor();
    await bench.leave(other);
  });

  it('what came late is marked as such, and changed nothing', async () => {
    bench.gateway.carrier.behave('+12025550176', {
      callbacks: { shuffled: (statuses) => statuses.toReversed() },
    });
    const { workflow_run_id: runId } = await bench.api.place({ to: '+12025550176' });
    await bench.api.until(runId, (call) => call.streaming);
    bench.gateway.carrier.calls.at(-1)?.hangUp();
    await bench.api.until(runId, (call) =>
      call.events.some((event) => event.outcome === 'late' && event.status === 'initiated'),
    );
    const other = await bench.signedIn(`calls/${runId}`);
    const late = other.locator('.timeline [data-outcome=late]');
    await late.getByText('came late, changed nothing').first().waitFor();
    await other.getByText('The other side hung up.').waitFor();
    await bench.leave(other);
  });

  it('the quality of its line over time is drawn where it is told', async () => {
    const other = await bench.signedIn();
    const series = {
      interval_seconds: 5,
      jitter_ms: [2, 3, 18, 4],
      gap_ms: [24, 26, 140, 30],
      lost_frames: [0, 0, 6, 0],
    };
    await other.route('**/api/v1/telephony/calls/4', async (route) => {
      const response = await route.fetch();
      const call = (await response.json()) as CallJson;
      for (const { detail } of call.events)
        if (detail['stream'] === 'ended') detail['series'] = series;
      await route.fulfill({ response, json: call });
    });
    await other.goto(bench.url('calls/4'));
    const plot = other.getByRole('img', { name: /^Over time/ });
    expect(await plot.getAttribute('aria-label')).toBe(
      'Over time: jitter at most 18 ms, longest gap 140 ms, 6 frames lost.',
    );
    await plot.locator('canvas').waitFor();
    expect(bench.complaints).toEqual([]);
    expect(await violations(other)).toEqual([]);
    // axe itself brings styles into the waveform's shadow tree, which the policy refuses.
    bench.complaints.length = 0;
    await bench.leave(other);
  });

  it('where its agent paused and stopped for the caller is marked below its waveform', async () => {
    const other = await bench.signedIn();
    await other.route('**/api/v1/telephony/calls/4', async (route) => {
      const response = await route.fetch();
      const call = (await response.json()) as CallJson;
      const started = call.events.find(({ detail }) => detail['stream'] === 'started');
      const told = (step: string, afterMs: number) => ({
        ...started,
        type: 'interruption',
        detail: { step },
        occurred_at: new Date(Date.parse(started?.received_at ?? '') + afterMs).toISOString(),
      });
      const steps = [told('paused', 100), told('resumed', 300), told('given_up', 500)];
      await route.fulfill({ response, json: { ...call, events: [...call.events, ...steps] } });
    });
    await other.goto(bench.url('calls/4'));
    await other
      .getByText('Marked: the agent paused once, the caller talked over it once.')
      .waitFor();
    const wave = await other.locator('.wave').boundingBox();
    const [pause, stop] = await Promise.all(
      ['paused', 'given_up'].map((kind) =>
        other.locator(`.interruption-marks .${kind}`).boundingBox(),
      ),
    );
    expect(pause?.x).toBeGreaterThan(wave?.x ?? Infinity);
    expect(pause?.width).toBeGreaterThan(3);
    expect(stop?.x).toBeGreaterThan((pause?.x ?? Infinity) + (pause?.width ?? 0));
    expect(bench.complaints).toEqual([]);
    expect(await violations(other)).toEqual([]);
    bench.complaints.length = 0;
    await bench.leave(other);
  });

  it('is erased only after it was confirmed', async () => {
    await page.getByRole('button', { name: 'Erase…' }).click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    // Whoever goes on by keyboard goes on from there.
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Erase…');
    await page.getByRole('button', { name: 'Erase…' }).click();
    await page.getByRole('button', { name: 'Erase for good' }).click();
    await page.locator('.facts').getByText('erased').first().waitFor();
    await page.reload();
    await page.getByText('This call has no recording.').waitFor();
  });

  it('the history is narrowed by its filters, and its address keeps them', async () => {
    bench.gateway.carrier.behave('+12025550177', { outcome: 'busy' });
    const busy = await bench.api.place({ to: '+12025550177' });
    await bench.api.until(busy.workflow_run_id, (call) => call.status === 'busy');
    await page.getByRole('link', { name: 'History' }).click();
    await row(busy.workflow_run_id).waitFor();
    const links = page.getByRole('link', { name: /^Call \d+$/ });
    const all = await links.count();
    expect(all).toBeGreaterThanOrEqual(4);
    await page.getByLabel('Status').selectOption('busy');
    await page.getByText('1 call, no more.').waitFor();
    expect(await links.count()).toBe(1);
    expect(page.url()).toBe(bench.url('calls?status=busy'));
    await page.reload();
    await page.getByText('1 call, no more.').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByLabel('Direction').selectOption('inbound');
    await page.getByText('1 call, no more.').waitFor();
    await page.getByLabel('Direction').selectOption('');
    await page.getByLabel('Number, either side').fill('+1 202 555 0177');
    await page.getByText('1 call, no more.').waitFor();
    await page.getByLabel('To day').fill('2020-01-01');
    await page.getByText('No call fits.').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByText(`${all} calls, no more.`).waitFor();
  });

  it('the history has what came while its line was broken, though it had told nothing before', async () => {
    const other = await bench.signedIn('calls');
    await other.locator('.connection.live').waitFor();
    await other.context().setOffline(true);
    await other.getByText('reconnecting…').waitFor();
    const missed = await bench.api.place({ to: '+12025550177' });
    await bench.api.until(missed.workflow_run_id, (call) => call.status === 'busy');
    await other.context().setOffline(false);
    await other.getByRole('link', { name: `Call ${missed.workflow_run_id}` }).waitFor();
    const ids = await other.locator('.calls-body .id').allTextContents();
    expect(ids).toEqual([...new Set(ids)]);
    await bench.leave(other);
  });

  it('a call that went wrong says why, and which check explains it', async () => {
    bench.gateway.carrier.behave('+12025550178', { outcome: 'failed' });
    const failed = await bench.api.place({ to: '+12025550178' });
    await bench.api.until(failed.workflow_run_id, (call) => call.status === 'failed');
    await row(failed.workflow_run_id).getByRole('link').click();
    await page.getByText('The carrier could not connect the call').waitFor();
    await page.getByText('404 (number not found)').waitFor();
    await page.getByRole('link', { name: 'See the carrier’s alerts' }).click();
    await page.getByRole('heading', { level: 1, name: 'Doctor' }).waitFor();
    expect(page.url()).toBe(bench.url('doctor?check=carrier-alerts'));
    await page.locator('li.sought').getByText("The carrier's own log").waitFor();
  });
});

/** How many of the waveform's canvases show anything. */
async function drawnChannels(page: Page): Promise<number> {
  return page.evaluate(() => {
    const root = document.querySelector('.wave > div')?.shadowRoot;
    const canvases = [...(root?.querySelectorAll<HTMLCanvasElement>('.canvases canvas') ?? [])];
    return canvases.filter((canvas) => {
      const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
      return data?.some((value) => value > 0) ?? false;
    }).length;
  });
}
