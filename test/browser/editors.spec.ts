import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { SHIPPED_SOUNDS } from '../../src/agents/sounds.js';
import { wavOf } from '../../src/audio/wav.js';
import { THEIR_NUMBER } from '../support/gateway.js';
import { until } from '../support/patience.js';
import { chromiumPath } from './support/chromium.js';
import { ConsoleBench, violations } from './support/console.js';
import { pictureFile } from './support/pictures.js';

/** More stops than any page has between two controls. */
const STOPS_MAX = 80;

interface Workflow {
  workflow_id: number;
  version: number;
  name: string;
  agent_options: Record<string, unknown>;
}

(chromiumPath() ? describe : describe.skip)('workflows are edited in the console', () => {
  let bench: ConsoleBench;
  let page: Page;
  let media = '';
  beforeAll(async () => {
    media = await mkdtemp(join(tmpdir(), 'patchbay-media-'));
    await writeFile(join(media, 'hello.wav'), wavOf(new Int16Array(1_600)));
    bench = await ConsoleBench.start({
      simulated: true,
      carrier: { behaviour: {} },
      env: { MEDIA_DIR: media, OPENAI_API_KEY: 'sk-nobody-0123456789' },
    });
    page = await bench.signedIn('workflows/new');
  });
  afterAll(async () => {
    await bench.stop();
    await rm(media, { recursive: true, force: true });
  });

  /** Goes on by the Tab key until a control of this name has the focus. */
  const tabTo = async (name: string, role: 'textbox' | 'combobox' | 'button'): Promise<void> => {
    const wanted = page.getByRole(role, { name, exact: true }).and(page.locator(':focus'));
    for (let stop = 0; stop < STOPS_MAX; stop += 1) {
      if ((await wanted.count()) > 0) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`no way leads to ${name}`);
  };
  /** @param role `combobox`: there are suggestions */
  const type = async (
    name: string,
    text: string,
    role: 'textbox' | 'combobox' = 'textbox',
  ): Promise<void> => {
    await tabTo(name, role);
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type(text);
  };
  const choose = async (name: string, text: string): Promise<void> => {
    await tabTo(name, 'combobox');
    await page.keyboard.type(text);
  };
  const press = async (name: string): Promise<void> => {
    await tabTo(name, 'button');
    await page.keyboard.press('Enter');
  };
  const workflow = async (): Promise<Workflow> => {
    const { body } = await bench.api.request<{ data: Workflow[] }>('GET', '/workflows');
    const found = body.data.find(({ name }) => name.startsWith('Reception'));
    if (!found) throw new Error('there is no workflow');
    return found;
  };

  it('a menu is built from nothing by the keyboard alone, and then talked to', async () => {
    await page.getByLabel('Agent', { exact: true }).waitFor();
    await type('Name', 'Reception');
    await choose('Agent', 'menu');
    await press('Add a sound to step welcome');
    await type('Sound 1 of step welcome', 'hello.wav', 'combobox');
    await choose('After the sounds of step welcome', 'Wait');
    await press('Add a step');
    // The focus is at the new step's name.
    await type('Name of step step-2', 'sales');
    await press('Add a step');
    await type('Name of step step-3', 'bye');
    await page.keyboard.press('Tab');
    await choose('After the sounds of step sales', 'Go on');
    await choose('Goes on with, step sales', 'bye');
    await press('Add a key to step welcome');
    await choose('Key 1 of step welcome leads to', 'sales');
    await press('Add a key to step welcome');
    await choose('Key 2 of step welcome leads to', 'bye');
    await choose('Without a key, step welcome', 'bye');
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: pictureFile('console-menu'), fullPage: true });
    await press('Create');
    await page.getByRole('heading', { level: 1, name: 'Reception' }).waitFor();
    const made = await workflow();
    expect(made.agent_options).toEqual({
      start: 'welcome',
      steps: {
        welcome: { prompt: ['hello.wav'], keys: { 1: 'sales', 2: 'bye' }, next: 'bye' },
        sales: { next: 'bye' },
        bye: {},
      },
    });
    const placed = await bench.api.place({ to: THEIR_NUMBER, workflow_id: made.workflow_id });
    const phone = await bench.gateway.carrier.waitForCall(
      (one) => one.sid === placed.provider_call_id,
    );
    await phone.streamStarted;
    await bench.api.until(placed.workflow_run_id, ({ facts }) => facts['menu_step'] === 'welcome');
    phone.sendDigits('1');
    const ended = await bench.api.until(placed.workflow_run_id, ({ ended_at: at }) => at !== null);
    expect(ended).toMatchObject({
      end_reason: 'agent_hangup',
      workflow_version: 1,
      facts: { menu_step: 'bye' },
    });
  });

  it('what the agent does not accept is said at the step', async () => {
    await page.getByLabel('Times the sounds of step welcome are played').fill('20');
    await page.getByRole('button', { name: 'Save' }).click();
    const attempts = page.getByLabel('Times the sounds of step welcome are played');
    await attempts.and(page.locator(':focus')).waitFor();
    expect(await attempts.getAttribute('aria-invalid')).toBe('true');
    await attempts.fill('2');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    expect(await workflow()).toMatchObject({ version: 2 });
  });

  it('a version is looked at and rolled back', async () => {
    await page.getByLabel('Name', { exact: true }).fill('Reception, wrong');
    await page.getByRole('button', { name: 'Save' }).click();
    await until(async () => (await workflow()).version === 3);
    await page.getByRole('link', { name: 'Versions' }).click();
    await page.getByRole('heading', { name: 'Version 3, in force' }).waitFor();
    await page.getByRole('button', { name: 'What changed in version 3' }).click();
    await page.locator('ins', { hasText: 'Reception, wrong' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Restore version 1…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('ins', { hasText: 'Reception' }).waitFor();
    expect(await dialog.getByText('Steps › welcome › Times the sounds are played').count()).toBe(1);
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: pictureFile('console-versions') });
    await dialog.getByRole('button', { name: 'Restore' }).press('Enter');
    await page.getByText('again what version 1 was').waitFor();
    await page.getByRole('heading', { name: 'Version 4, in force' }).waitFor();
    await page.getByText('Version 1 restored').waitFor();
    expect(await workflow()).toMatchObject({ version: 4, name: 'Reception' });
    // The call says which version it was.
    const { body } = await bench.api.request<{ data: Array<{ workflow_run_id: number }> }>(
      'GET',
      '/telephony/calls',
    );
    await page.goto(bench.url(`calls/${body.data[0]?.workflow_run_id}`));
    await page.getByRole('link', { name: '1', exact: true }).waitFor();
    expect(bench.complaints).toEqual([]);
  });

  it('a sound is uploaded, heard, renamed, kept while it is used, and deleted', async () => {
    await page.goto(bench.url('workflows'));
    await page.getByRole('link', { name: 'Sounds' }).click();
    await page.getByText('You have no sounds yet.').waitFor();
    const upload = async (name: string, buffer: Buffer): Promise<void> => {
      await page.getByLabel('File').setInputFiles({ name, mimeType: 'audio/wav', buffer });
      await page.getByRole('button', { name: 'Upload' }).press('Enter');
    };
    await upload('Guten Tag.mp3', Buffer.from('ID3 and more'));
    await page.getByText('it is an MP3 file; save it as WAV').waitFor();
    const second = wavOf(new Int16Array(44_100), { sampleRate: 44_100 });
    await upload('Guten Tag.wav', second);
    await page.getByText('“Guten-Tag.wav” is uploaded: 1.0 s.').waitFor();
    await page.getByRole('button', { name: 'Listen to Guten-Tag.wav' }).press('Enter');
    await page.getByRole('button', { name: 'Stop Guten-Tag.wav' }).waitFor();
    // It ends by itself.
    await page.getByRole('button', { name: 'Listen to Guten-Tag.wav', exact: true }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Rename Guten-Tag.wav…' }).press('Enter');
    await page.getByLabel('New name of Guten-Tag.wav').fill('hello there');
    await page.getByLabel('New name of Guten-Tag.wav').press('Enter');
    await page.getByText('must be 1 to 100 letters').waitFor();
    await page.getByLabel('New name of Guten-Tag.wav').fill('hello.wav');
    await page.getByLabel('New name of Guten-Tag.wav').press('Enter');
    await page.getByText('is called “hello.wav” now.').waitFor();
    const remove = async (): Promise<void> => {
      await page.getByRole('button', { name: 'Delete hello.wav…' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    };
    // The menu plays it.
    await remove();
    await page.getByText('A workflow of yours uses this sound.').waitFor();
    await page.screenshot({ path: pictureFile('console-sounds') });
    const { workflow_id: id } = await workflow();
    const echo = { agent: 'echo', agent_options: {} };
    const menu = { agent: 'menu', agent_options: (await workflow()).agent_options };
    await bench.api.request('PATCH', `/workflows/${id}`, echo);
    await remove();
    await page.getByText('“hello.wav” is deleted.').waitFor();
    await bench.api.request('PATCH', `/workflows/${id}`, menu);
  });

  it('sounds are suggested where one is named: the user’s own, and those that come with Patchbay', async () => {
    await page.goto(bench.url('sounds'));
    const buffer = wavOf(new Int16Array(4_000));
    const file = { name: 'mine.wav', mimeType: 'audio/wav', buffer };
    await page.getByLabel('File').setInputFiles(file);
    await page.getByRole('button', { name: 'Upload' }).click();
    await page.getByText('“mine.wav” is uploaded').waitFor();
    const suggestedAt = async (label: string): Promise<string[]> => {
      const input = page.getByLabel(label, { exact: true });
      await input.waitFor();
      const list = page.locator(`#${await input.getAttribute('list')} option`);
      await list.first().waitFor({ state: 'attached' });
      return list.evaluateAll((options) => options.map((one) => (one as HTMLOptionElement).value));
    };
    const expected = ['mine.wav', ...SHIPPED_SOUNDS];
    await page.goto(bench.url('workflows/new?agent=announce'));
    expect(await suggestedAt('Sound')).toEqual(expected);
    await page.goto(bench.url('workflows/2'));
    expect(await suggestedAt('Sound 1 of step welcome')).toEqual(expected);
    await page.goto(bench.url('workflows/new?agent=menu'));
    await page.getByLabel('After the sounds of step welcome').selectOption('transfer');
    await page.getByLabel('What the person of step welcome hears first').selectOption('sound');
    expect(await suggestedAt('Sound for the person of step welcome')).toEqual(expected);
    await page.getByLabel('Name', { exact: true }).fill('To a person');
    await page.getByLabel('Person of step welcome', { exact: true }).fill('Sales');
    await page.getByLabel('Sound for the person of step welcome').fill('not there.wav');
    await page
      .getByLabel('People to whom the agent may transfer calls')
      .fill('Sales = +14155552671');
    await page.getByRole('button', { name: 'Create' }).click();
    const sound = page.getByLabel('Sound for the person of step welcome');
    await sound.and(page.locator('[aria-invalid=true]')).waitFor();
    await sound.fill('mine.wav');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { level: 1, name: 'To a person' }).waitFor();
    const { body } = await bench.api.request<{ data: Workflow[] }>('GET', '/workflows');
    expect(body.data.at(-1)?.agent_options).toEqual({
      start: 'welcome',
      steps: { welcome: { transfer: { target: 'Sales', announce: { sound: 'mine.wav' } } } },
    });
    expect(bench.complaints).toEqual([]);
  });

  it('tools of an agent are entered by the keyboard alone, without JSON', async () => {
    await page.goto(bench.url('workflows/new?agent=openai-realtime'));
    await page.getByLabel('Agent', { exact: true }).waitFor();
    await type('Name', 'Booking');
    await type('Instructions', 'You take bookings.');
    await type('Model', 'gpt-realtime-2', 'combobox');
    await type('Voice', 'cedar', 'combobox');
    await press('Add a tool');
    // The focus is at the new tool's name.
    await page.keyboard.type('book_table');
    await page.keyboard.press('Tab');
    await page.keyboard.type('When the caller wants a table.');
    await press('Add an argument');
    await page.keyboard.type('guests');
    await choose('Kind', 'Whole');
    await type('What it is', 'How many people come.');
    await press('Add an argument');
    await page.keyboard.type('room');
    await choose('Kind', 'One of');
    await page.keyboard.press('Tab');
    await page.keyboard.type('inside\nterrace');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    expect(await violations(page)).toEqual([]);
    await page
      .getByRole('group', { name: 'Tools' })
      .screenshot({ path: pictureFile('console-tools') });
    await press('Create');
    await page.getByRole('heading', { level: 1, name: 'Booking' }).waitFor();
    const { body } = await bench.api.request<{ data: Workflow[] }>('GET', '/workflows');
    const { agent_options: options, workflow_id: id } = body.data.at(-1)!;
    expect(options).toEqual({
      instructions: 'You take bookings.',
      model: 'gpt-realtime-2',
      voice: 'cedar',
      tools: [
        {
          name: 'book_table',
          description: 'When the caller wants a table.',
          parameters: {
            type: 'object',
            properties: {
              guests: { type: 'integer', description: 'How many people come.' },
              room: { type: 'string', enum: ['inside', 'terrace'] },
            },
            required: ['guests'],
          },
        },
      ],
    });
    // What the agent does not accept is said in the tool, by its label.
    await page.reload();
    const tool = page.getByRole('group', { name: 'Tool 1' });
    await tool.getByLabel('Name').first().fill('book a table');
    await page.getByRole('button', { name: 'Save' }).click();
    await tool.getByText('Name of tool 1 does not have the form').waitFor();
    await tool.getByLabel('Name').first().fill('book_table');
    await tool.getByLabel('The model must give it').last().check();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    const saved = await bench.api.request<Workflow>('GET', `/workflows/${id}`);
    expect(saved.body.agent_options).toMatchObject({
      tools: [{ parameters: { required: ['guests', 'room'] } }],
    });
    expect(bench.complaints).toEqual([]);
  });

  it('a workflow to which a menu leads is not deleted, and the page names the menu', async () => {
    const leads = { start: 'on', steps: { on: { workflow: 1 } } };
    const { workflow_id: id } = await workflow();
    await bench.api.request('PATCH', `/workflows/${id}`, { agent_options: leads });
    await page.goto(bench.url('workflows/1'));
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText(`passed on to this workflow by`).waitFor();
    expect(await page.getByText(`"Reception" (${id})`).count()).toBe(1);
    // The menu's form offers the workflows by name.
    await page.goto(bench.url(`workflows/${id}`));
    const target = page.getByLabel('Workflow of step on');
    await target.getByText('Welcome (2)').waitFor({ state: 'attached' });
    expect(await target.inputValue()).toBe('1');
    await page.goto(bench.url(`workflows/${id}/versions`));
    await page.getByRole('button', { name: /^Restore version 6/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();
    await page.getByRole('heading', { name: 'Version 8, in force' }).waitFor();
  });

  it.each(['light', 'dark'] as const)('fits a phone, %s', async (colorScheme) => {
    const { workflow_id: id } = await workflow();
    const narrow = await bench.signedIn(`workflows/${id}`, {
      colorScheme,
      viewport: { width: 360, height: 740 },
    });
    const pages = [
      [`workflows/${id}`, narrow.getByLabel('Name of step welcome')],
      [`workflows/${id}/versions`, narrow.getByRole('heading', { name: 'Version 8, in force' })],
      ['sounds', narrow.getByRole('heading', { name: 'mine.wav' })],
    ] as const;
    for (const [path, ready] of pages) {
      await narrow.goto(bench.url(path));
      await ready.waitFor();
      expect(await narrow.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
      expect(await violations(narrow)).toEqual([]);
    }
    await narrow.goto(bench.url(`workflows/${id}`));
    await narrow.getByLabel('Name of step welcome').waitFor();
    await narrow.screenshot({ path: pictureFile(`console-menu-phone-${colorScheme}`) });
    await narrow.goto(bench.url('workflows'));
    await narrow.getByRole('link', { name: 'Booking' }).click();
    await narrow.getByRole('group', { name: 'Argument 2' }).scrollIntoViewIfNeeded();
    expect(await narrow.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(await violations(narrow)).toEqual([]);
    await narrow.screenshot({ path: pictureFile(`console-tools-phone-${colorScheme}`) });
    await bench.leave(narrow);
  });
});
