import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { Database } from '../../src/database/database.js';
import { API_KEY, OUR_NUMBER, UNCLAIMED_NUMBER } from '../support/gateway.js';
import { chromiumPath } from './support/chromium.js';
import { ConsoleBench, violations } from './support/console.js';
import { pictureFile } from './support/pictures.js';
import { CHECKS } from '../../src/doctor/checks.js';

interface Workflow {
  workflow_id: number;
  name: string;
  agent: string;
  agent_options: Record<string, unknown>;
  recording: boolean;
  on_failure: string | null;
  on_resume: string | null;
  routes: object[];
  on_machine: unknown;
  on_wait: unknown;
}

(chromiumPath() ? describe : describe.skip)('what is set up in the console', () => {
  let bench: ConsoleBench;
  let page: Page;
  beforeAll(async () => {
    bench = await ConsoleBench.start({
      env: { PUBLIC_URL: 'https://gw.example.com/pbx', AGENT_ALLOWED_HOSTS: '127.0.0.1' },
    });
    page = await bench.signedIn('workflows');
  });
  afterAll(() => bench.stop());

  const workflows = async (): Promise<Workflow[]> =>
    (await bench.api.request<{ data: Workflow[] }>('GET', '/workflows')).body.data;

  it('a workflow is made from the form that its agent’s schema gives', async () => {
    await page.getByRole('link', { name: 'New workflow' }).click();
    await page.getByLabel('Name').fill('Our bot');
    await page.getByLabel('Agent', { exact: true }).selectOption('relay');
    await page.getByLabel('Address of the bot').fill('ws://127.0.0.1:9/bot');
    await page.getByLabel('Token that signs').fill('a-token-nobody-sees');
    await page.getByRole('button', { name: 'Add a line' }).press('Enter');
    await page.keyboard.type('tone');
    await page.getByLabel('Value 1').fill('kind');
    await page.getByLabel('Record it').check();
    await page.getByLabel('Said when the agent fails').fill('Please call again.');
    await page.getByLabel('Said when the call goes on').fill('Thank you for waiting.');
    await page.getByLabel('While the agent takes long').selectOption('sentence');
    await page.getByLabel('Words for who waits').fill('One moment, please.');
    await page.getByLabel('When a machine answers').selectOption('sentence');
    await page.getByLabel('The sentence').fill('Please call us back.');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { level: 1, name: 'Our bot' }).waitFor();
    expect((await workflows())[2]).toMatchObject({
      name: 'Our bot',
      agent: 'relay',
      agent_options: { url: 'ws://127.0.0.1:9/bot', parameters: { tone: 'kind' } },
      recording: true,
      on_failure: 'Please call again.',
      on_resume: 'Thank you for waiting.',
      on_wait: 'One moment, please.',
      on_machine: { leave_message: 'Please call us back.' },
    });
  });

  it('its routes are entered, put in order and taken out by the keyboard alone', async () => {
    await page.reload();
    const focused = (label: string) => page.getByLabel(label).and(page.locator(':focus')).waitFor();
    for (const [index, account] of ['twilio', 'nobody', 'twilio'].entries()) {
      await page.getByRole('button', { name: 'Add a route' }).press('Enter');
      await focused(`Account of route ${index + 1}`);
      await page.keyboard.type(account);
      if (index > 0) continue;
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await focused('Called numbers of route 1');
      await page.keyboard.type('+44, +1415');
    }
    await page.getByRole('button', { name: 'Save' }).press('Enter');
    expect(await troubleAt('Account of route 2')).toContain('is not an account of this service');
    await page.getByRole('button', { name: 'Remove route 2' }).press('Enter');
    // The focus stays where it was in the list.
    await focused('Account of route 2');
    await page.getByRole('button', { name: 'Move up route 2' }).press('Enter');
    await focused('Account of route 1');
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Save' }).press('Enter');
    await page.getByText('Saved.').waitFor();
    expect((await workflows())[2]?.routes).toEqual([
      { account: 'twilio' },
      { account: 'twilio', prefixes: ['+44', '+1415'] },
    ]);
  });

  it('a sound that is not there is not saved, and the form says so', async () => {
    await page.getByLabel('When a machine answers').selectOption('sound');
    await page.getByLabel('The sound').fill('gone.wav');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('there is no sound "gone.wav"').first().waitFor();
    expect(await violations(page)).toEqual([]);
  });

  it('a secret is never shown, and stays when another option is changed', async () => {
    await page.reload();
    const token = page.getByLabel('Token that signs');
    expect(await token.inputValue()).toBe('');
    await page.getByText('Not shown; left empty, it stays as it is.').waitFor();
    await page.getByRole('button', { name: 'Remove line 1 of Parameters' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved.').waitFor();
    expect((await workflows())[2]?.agent_options).toEqual({ url: 'ws://127.0.0.1:9/bot' });
    // Without it the bot would be called unsigned: the store still has it.
    const database = bench.gateway.service.app.get(Database);
    const row = await database.read((db) =>
      db
        .selectFrom('workflows')
        .select('agent_options')
        .where('workflow_id', '=', 3)
        .executeTakeFirstOrThrow(),
    );
    expect(JSON.parse(row.agent_options)).toMatchObject({ auth_token: 'a-token-nobody-sees' });
  });

  /** What is said at a field to be wrong with it, once the focus has come there. */
  const troubleAt = async (label: string): Promise<string> => {
    const control = page.getByLabel(label);
    await control.and(page.locator(':focus')).waitFor();
    expect(await control.getAttribute('aria-invalid')).toBe('true');
    const notes = (await control.getAttribute('aria-describedby'))?.split(' ') ?? [];
    const note = notes.find((id) => id.endsWith('-error')) ?? '';
    return (await page.locator(`[id="${note}"]`).textContent()) ?? '';
  };

  it('what the service does not accept is said at the field, in the form’s words', async () => {
    await page.getByLabel('Address of the bot').fill('http://not-a-socket');
    await page.getByRole('button', { name: 'Save' }).click();
    expect(await troubleAt('Address of the bot')).toMatch(/^✕ Address of the bot must /);
    expect(await page.getByText('agent_options').count()).toBe(0);
    expect(await violations(page)).toEqual([]);
    for (const line of [1, 2]) {
      await page.getByRole('button', { name: 'Add a line' }).press('Enter');
      await page.getByLabel(`Name ${line}`).fill('tone');
    }
    await page.getByRole('button', { name: 'Save' }).click();
    const group = page.getByRole('group', { name: 'Parameters' });
    await group.and(page.locator(':focus')).waitFor();
    await group.getByText('Parameters has “tone” more than once.').waitFor();
    expect(await violations(page)).toEqual([]);
    // What is right again is not said to be wrong any more.
    expect(await page.getByLabel('Address of the bot').getAttribute('aria-invalid')).toBeNull();
  });

  it('what an agent lacks is said where it is chosen, with the steps to get there', async () => {
    await page.getByRole('link', { name: 'Workflows' }).click();
    await page.getByRole('link', { name: 'Agents' }).click();
    const agent = page.locator('.agents > li').filter({ hasText: 'openai-realtime' });
    await agent.locator('.badge').getByText('not ready').waitFor();
    await agent.getByText('It needs OPENAI_API_KEY, which is not set.').waitFor();
    await agent.getByText('A workflow of it must say: Instructions.').waitFor();
    expect(await agent.locator('.numbered li').allTextContents()).toEqual([
      'Make a key at https://platform.openai.com/api-keys. Its account needs credit.',
      'Put OPENAI_API_KEY=sk-… into the file .env in the folder of Patchbay, or into its environment.',
      'Restart Patchbay.',
      'Make a workflow with it, and save it.',
      'Lead one of your numbers to the workflow, or place a call with it.',
    ]);
    // Hosts are listed here, so bots next door can be reached.
    const relay = page.locator('.agents > li').filter({ hasText: 'relay' }).first();
    await relay.locator('.badge.good').getByText('ready').waitFor();
    expect(await relay.getByText('AGENT_ALLOWED_HOSTS').count()).toBe(0);
    await relay.getByRole('link', { name: 'Our bot' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: pictureFile('console-agents'), fullPage: true });
    await agent.getByRole('link', { name: 'New workflow with openai-realtime' }).click();
    expect(await page.getByLabel('Agent', { exact: true }).inputValue()).toBe('openai-realtime');
    await page.getByText('It needs OPENAI_API_KEY, which is not set.').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Too early');
    await page.getByLabel('Instructions').fill('Be kind.');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('alert').getByText('OPENAI_API_KEY is not set').waitFor();
  });

  it('a call that cannot be placed says which field it is, also one that is folded away', async () => {
    await page.getByRole('link', { name: 'Live' }).click();
    await page.getByRole('link', { name: 'Place a call' }).click();
    await page.getByLabel('Number to call').fill('12');
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    expect(await troubleAt('Number to call')).toMatch(/^✕ Number to call must be a phone number/);
    await page.getByLabel('Number to call').fill('+12025550143');
    await page.getByText('More', { exact: true }).click();
    await page.getByLabel('Shown number').fill('+12025550144');
    await page.getByText('More', { exact: true }).click();
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    expect(await troubleAt('Shown number')).toMatch(/^✕ Shown number must be one of/);
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('a number is claimed for a workflow, led to another, and released again', async () => {
    await page.getByRole('link', { name: 'Numbers' }).click();
    await page.getByText('No number is claimed yet.').waitFor();
    await page.getByLabel('Number, with country code').fill('+1 (500) 555-0009');
    await page.getByLabel('Workflow', { exact: true }).selectOption('Our bot');
    await page.getByRole('button', { name: 'Claim' }).click();
    await page.getByText(`${UNCLAIMED_NUMBER} is claimed, and its addresses are set`).waitFor();
    const workflow = page.getByLabel(`Workflow of ${UNCLAIMED_NUMBER}`);
    expect(await workflow.inputValue()).toBe('3');
    await workflow.selectOption('Echo');
    await page
      .getByText(`${UNCLAIMED_NUMBER} is answered by Echo from the next call on.`)
      .waitFor();
    const { body } = await bench.api.request<{ data: object[] }>('GET', '/phone-numbers');
    expect(body.data).toMatchObject([{ number: UNCLAIMED_NUMBER, workflow_id: 1 }]);
    await page.getByLabel('Number, with country code').fill(OUR_NUMBER.slice(0, 4));
    await page.getByRole('button', { name: 'Claim' }).click();
    await page.getByText('must be a phone number').waitFor();
    await page.getByRole('button', { name: `Release ${UNCLAIMED_NUMBER}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Release' }).click();
    await page.getByText('No number is claimed yet.').waitFor();
  });

  it('a workflow is deleted after it was confirmed', async () => {
    await page.getByRole('link', { name: 'Workflows' }).click();
    await page.getByRole('link', { name: 'Our bot' }).click();
    await page.getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { level: 1, name: 'Workflows' }).waitFor();
    await page.getByText('Our bot').waitFor({ state: 'detached' });
    expect(await workflows()).toHaveLength(2);
  });

  it('the doctor’s checks are shown, and every one of them is run with its progress', async () => {
    await page.getByRole('link', { name: 'Doctor' }).click();
    await page.getByText(/\d all right/).waitFor();
    // However quick the checks are, they begin only when the progress was seen.
    let begin = (): void => undefined;
    const seen = new Promise<void>((resolve) => {
      begin = resolve;
    });
    await page.route('**/telephony/diagnostics', async (route) => {
      if (route.request().method() === 'POST') await seen;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Run every check' }).click();
    await page.getByRole('progressbar', { name: 'Checks done' }).waitFor();
    begin();
    await page.getByText(/^Every check: .*all right/).waitFor();
    const titles = await page.locator('.checks h3').allTextContents();
    // This instance has its store to itself.
    const asked = CHECKS.filter((check) => !('appliesTo' in check));
    expect(titles).toEqual(asked.map(({ title }) => title));
    // The public name of the tests is nobody's.
    const dns = page.locator('.checks [data-status=down]').first();
    expect(await dns.textContent()).toContain(CHECKS[0]?.title);
    expect(await dns.textContent()).toContain('What to do: ');
  });

  it('a number that leads elsewhere is set right from the doctor’s page', async () => {
    const [number] = bench.gateway.carrier.phoneNumbers;
    if (!number) throw new Error('the carrier has no number');
    await bench.api.request('DELETE', `/phone-numbers/${encodeURIComponent(OUR_NUMBER)}`);
    await bench.api.request('POST', '/phone-numbers', { number: OUR_NUMBER, workflow_id: 1 });
    number.voiceUrl = 'https://old.example.com/voice';
    await page.reload();
    await page.getByText('…06 leads elsewhere').waitFor();
    await page.getByRole('button', { name: 'Set our URLs for claimed numbers' }).click();
    await page.getByText('…06 leads here now.').waitFor();
    await page.getByText('All 1 claimed number(s) lead here.').waitFor();
    expect(number.voiceUrl).toMatch(/^https:\/\/gw\.example\.com\/pbx\/api\/v1\/telephony\/twiml/);
    expect(await page.getByRole('button', { name: /^Set our URLs/ }).count()).toBe(0);
  });

  it('all of it works behind a path prefix that is not cut off', async () => {
    const stranger = await bench.stranger();
    await stranger.goto(`${bench.gateway.url}/pbx/console/workflows/1`);
    await stranger.getByLabel('API key').fill(API_KEY);
    await stranger.keyboard.press('Enter');
    await stranger.getByRole('heading', { level: 1, name: 'Echo' }).waitFor();
    await stranger.getByRole('link', { name: 'Live' }).click();
    await stranger.locator('.connection.live').waitFor();
    expect(stranger.url()).toBe(`${bench.gateway.url}/pbx/console/`);
  });

  it('another user has neither numbers nor doctor', async () => {
    const user = await bench.api.request<{ user_id: number }>('POST', '/users', { name: 'Other' });
    const key = await bench.api.request<{ key: string }>(
      'POST',
      `/users/${user.body.user_id}/keys`,
      { name: 'k' },
    );
    const other = await bench.stranger();
    await other.goto(bench.url());
    await other.getByLabel('API key').fill(key.body.key);
    await other.keyboard.press('Enter');
    await other.getByRole('heading', { level: 1, name: 'Live calls' }).waitFor();
    const links = await other.getByRole('navigation').getByRole('link').allTextContents();
    expect(links).toEqual(['Live', 'History', 'Workflows', 'Webhooks', 'Phone']);
    await other.goto(bench.url('numbers'));
    await other.getByText('Only user 1 may lead numbers to workflows.').waitFor();
    await other.goto(bench.url('doctor'));
    await other.getByText('The doctor is for user 1 only.').waitFor();
    await other.goto(bench.url('phone'));
    await other.getByText('Calls are real here and ring real telephones.').waitFor();
    // Where there is nothing yet, the way to the first is shown.
    for (const [path, text] of [
      ['', 'No call is in progress.'],
      ['calls', 'There is no call yet.'],
      ['workflows', 'There is no workflow yet.'],
      ['place', 'There is no workflow yet'],
    ] as const) {
      await other.goto(bench.url(path));
      await other.getByText(text).waitFor();
      expect(await violations(other)).toEqual([]);
    }
    await other.getByRole('link', { name: 'Make the first one' }).click();
    await other.getByLabel('Name').fill('Mine');
    await other.getByRole('button', { name: 'Create' }).click();
    await other.getByRole('heading', { level: 1, name: 'Mine' }).waitFor();
    expect((await workflows()).map(({ name }) => name)).not.toContain('Mine');
    expect(bench.complaints).toEqual([]);
  });
});
