import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { first as germanFirst } from '../../console/src/messages/de/first.js';
import { rest as germanRest } from '../../console/src/messages/de/rest.js';
import { first } from '../../console/src/messages/en/first.js';
import { rest } from '../../console/src/messages/en/rest.js';
import { OUR_NUMBER } from '../support/gateway.js';
import { chromiumPath } from './support/chromium.js';
import { ConsoleBench, violations } from './support/console.js';
import { pictureFile } from './support/pictures.js';

const DESK: BrowserContextOptions = { viewport: { width: 1200, height: 800 }, locale: 'en-GB' };
const PHONE = { width: 360, height: 740 };
const m = { ...germanFirst, ...germanRest };

interface Schema {
  title?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  oneOf?: Schema[];
}

(chromiumPath() ? describe : describe.skip)('the console in German', () => {
  let bench: ConsoleBench;
  let page: Page;
  let failed: number;
  let live: number;
  beforeAll(async () => {
    bench = await ConsoleBench.start({
      simulated: true,
      carrier: { behaviour: {} },
      env: { WEBHOOK_ALLOWED_HOSTS: '127.0.0.1' },
    });
    const { api, gateway } = bench;
    await api.request('POST', '/webhook-endpoints', { url: 'http://127.0.0.1:9/calls' });
    await api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
    gateway.carrier.behave('+12025550178', { outcome: 'failed' });
    failed = (await api.place({ to: '+12025550178' })).workflow_run_id;
    await api.until(failed, (call) => call.ended_at !== null);
    live = (await api.place({ to: '+12025550160' })).workflow_run_id;
    await api.until(live, (call) => call.streaming);
    page = await bench.signedIn('', DESK);
  });
  afterAll(() => bench.stop());

  /** Every page, and a text that is there once it is whole. */
  const pages: ReadonlyArray<[path: () => string, text: string]> = [
    [() => '', m.calls.streaming],
    [() => 'calls', 'keine weiteren.'],
    [() => `calls/${failed}`, m.endReasons.theCarrierCouldNotConnect],
    [() => `calls/${live}`, m.timeline.mediaStreamStarted],
    [() => 'place', m.place.itsAgentTalksOnThis],
    [() => 'workflows', m.workflows.whichAgentAnswersAndHow],
    [() => 'workflows/1', m.workflows.recordIt],
    [() => 'workflows/1/versions', m.versions.everyChangeIsKeptA],
    [() => 'workflows/new?agent=openai-realtime', 'das ist nicht gesetzt'],
    [() => 'agents', 'das ist nicht gesetzt'],
    [() => 'sounds', m.sounds.youHaveNoSoundsYet],
    [() => 'numbers', OUR_NUMBER],
    [() => 'accounts', m.accounts.theAccountsAtCarriersThe],
    [() => 'accounts/twilio', OUR_NUMBER],
    [() => 'accounts/_new', m.accounts.limits],
    [() => 'webhooks', 'alle Ereignisse'],
    [() => 'webhooks/1', m.webhooks.sendsOneEventOfType.split('<')[0] ?? ''],
    [() => 'webhooks/new', m.common.create],
    [() => 'instances', m.system.thisPageComesFromIt],
    [() => 'alerts', m.alerts.restartPatchbay],
    [() => 'users', m.users.administersTheOthers],
    [() => 'audit', m.audit.placedACall],
    [() => 'settings', 'STREAM_GRACE_SECONDS'],
    [() => 'doctor', m.doctor.whatToDo],
    [() => 'phone', m.phone.microphoneAndLoudspeaker],
    [() => 'nowhere', m.shell.noSuchPage],
  ];
  const open = async (path: string, text: string): Promise<void> => {
    await page.goto(bench.url(path));
    await page.locator('main').getByText(text).first().waitFor();
  };
  const language = (): Promise<string> => page.evaluate(() => document.documentElement.lang);

  it('is chosen in the header with the keyboard, and stays after a reload', async () => {
    expect(await language()).toBe('en');
    const choice = page.getByLabel('Language');
    expect(await choice.locator('option').allTextContents()).toEqual(['English', 'Deutsch']);
    await choice.focus();
    await page.keyboard.press('D');
    await page.getByLabel('Sprache').waitFor();
    expect(await language()).toBe('de');
    await page.reload();
    await page.getByRole('heading', { name: m.calls.liveCalls }).waitFor();
    expect(await language()).toBe('de');
    expect(await page.title()).toContain(m.calls.liveCalls);
  });

  it('has no English sentence of the catalogue on any page, nothing for axe to find, and fits a phone', async () => {
    const wrong: Record<string, unknown> = {};
    for (const [path, text] of pages) {
      await open(path(), text);
      const shown = await shownText(page);
      const found = ENGLISH.filter((sentence) => shown.includes(sentence));
      if (found.length > 0) wrong[`${path()} in English`] = found;
      const broken = await violations(page);
      if (broken.length > 0) wrong[`${path()} for axe`] = broken;
      await page.screenshot({
        path: pictureFile(`console-german-${nameOf(path())}`),
        fullPage: true,
      });
      await page.setViewportSize(PHONE);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      if (width > PHONE.width) wrong[`${path()} is so wide`] = width;
      await page.setViewportSize({ width: 1200, height: 800 });
    }
    expect(wrong).toEqual({});
  });

  it('would find what is in English', async () => {
    const english = await bench.signedIn('workflows', DESK);
    await english.getByText(rest.workflows.whichAgentAnswersAndHow).waitFor();
    const shown = await shownText(english);
    expect(ENGLISH.filter((sentence) => shown.includes(sentence))).toContain(
      rest.workflows.whichAgentAnswersAndHow,
    );
    await bench.leave(english);
  });

  it('is what a browser gets that prefers German, signed in or not', async () => {
    const stranger = await bench.stranger({ locale: 'de-AT' });
    await stranger.goto(bench.url());
    await stranger.getByRole('heading', { name: m.signIn.signIn }).waitFor();
    expect(await violations(stranger)).toEqual([]);
    await stranger.getByLabel('Sprache').selectOption('English');
    await stranger.getByRole('heading', { name: first.signIn.signIn }).waitFor();
    await bench.leave(stranger);
  });

  it('has a title for every option of an agent that has one in English', async () => {
    const { body } = await bench.api.request<{ data: Array<{ options_schema: Schema }> }>(
      'GET',
      '/agents',
    );
    const titles = body.data.flatMap((agent) => titlesIn(agent.options_schema));
    expect(titles.length).toBeGreaterThan(20);
    expect(titles.filter((title) => !(title in m.schemas.titles))).toEqual([]);
  });
});

/** What a person sees or hears of a page, without what the service says of settings, in English. */
function shownText(page: Page): Promise<string> {
  return page.evaluate(() => {
    const labels = [...document.querySelectorAll('[aria-label], [title]')].map(
      (one) => `${one.getAttribute('aria-label') ?? ''} ${one.getAttribute('title') ?? ''}`,
    );
    let shown = document.body.innerText;
    for (const said of document.querySelectorAll<HTMLElement>('.settings dd')) {
      shown = shown.replace(said.innerText, '');
    }
    return [document.title, shown, ...labels].join('\n');
  });
}

/** The parts of English messages between places and marks that are long enough to be no chance. */
const ENGLISH = texts({ ...first, ...rest })
  .flatMap((text) => text.split(/\{\w+\}|<\/?\w+>/))
  .map((part) => part.trim())
  .filter((part) => part.split(' ').length >= 3 && part.length >= 14);

function texts(messages: object): string[] {
  return Object.values(messages).flatMap((value: string | object) =>
    typeof value === 'string' ? [value] : texts(value),
  );
}

function titlesIn({ title, properties = {}, items, oneOf = [] }: Schema): string[] {
  const inner = [...Object.values(properties), ...(items ? [items] : []), ...oneOf];
  return [...(title === undefined ? [] : [title]), ...inner.flatMap(titlesIn)];
}

function nameOf(path: string): string {
  return path === '' ? 'live' : path.replace(/\W+/g, '-');
}
