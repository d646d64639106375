import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { encodeMulaw } from '../../src/audio/mulaw.js';
import { Api } from '../support/api.js';
import { claimedPort } from '../support/claimed-port.js';
import { API_KEY } from '../support/gateway.js';
import { KillableGateway } from '../support/killable-gateway.js';
import { until } from '../support/patience.js';
import { REALTIME_KEY, RealtimeServer, type RealtimePeer } from '../support/realtime-server.js';
import { tone } from '../support/test-signals.js';
import { chromiumPath, launch } from './support/chromium.js';
import { violations } from './support/console.js';
import { beepingMicrophone, levelAbove } from './support/microphone.js';
import { pictureFile } from './support/pictures.js';

/** A net, and no verdict on how fast it is. */
const PATIENCE_MS = 45_000;
/** The model's voice. */
const VOICE = encodeMulaw(tone(800, { ms: 200 }));
const GREETING = 'Good day, this is the model.';
const REPLY = 'That sounded like a beep.';

(chromiumPath() ? describe : describe.skip)('from a key of OpenAI’s to a call that talks', () => {
  const openAi = new RealtimeServer();
  let directory = '';
  let withoutKey: KillableGateway;
  let withKey: KillableGateway;
  let browser: Browser;
  let page: Page;
  let api: Api;
  const complaints: string[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchbay-agents-'));
    const port = await claimedPort();
    const url = `http://127.0.0.1:${port}`;
    const env = {
      PATH: process.env['PATH'] ?? '',
      PORT: String(port),
      HOST: '127.0.0.1',
      DATA_DIR: directory,
      API_KEY,
      OPENAI_BASE_URL: await openAi.listen(),
      DRAIN_TIMEOUT_SECONDS: '0',
    };
    withoutKey = new KillableGateway(url, env);
    withKey = new KillableGateway(url, { ...env, OPENAI_API_KEY: REALTIME_KEY });
    await withoutKey.start();
    api = new Api(withKey);
    browser = await launch(
      await beepingMicrophone(join(directory, 'microphone.wav'), {
        pitch: 700,
        seconds: 1,
        pauseSeconds: 5,
      }),
    );
    const context = await browser.newContext({ locale: 'en-GB' });
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${url}/`);
    await page.getByLabel('API key').fill(API_KEY);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Live' }).waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([withoutKey?.stop(), withKey?.stop()]);
    await openAi.close();
    await rm(directory, { recursive: true, force: true });
  });

  const toAgents = async (): Promise<void> => {
    await page.getByRole('link', { name: 'Workflows' }).click();
    await page.getByRole('link', { name: 'Agents' }).click();
  };
  const agent = () => page.locator('.agents > li').filter({ hasText: 'openai-realtime' });
  /** The model says something, and what it is in words. */
  const say = (peer: RealtimePeer, words: string, ms: number): void => {
    const id = peer.say(ms, VOICE);
    peer.send({ type: 'response.output_audio_transcript.delta', item_id: id, delta: words });
    peer.finish();
  };

  it('the page of agents says what is missing, step by step', async () => {
    await toAgents();
    await agent().locator('.badge').getByText('not ready').waitFor();
    await agent().getByText('It needs OPENAI_API_KEY, which is not set.').waitFor();
    expect(await agent().locator('.numbered li').allTextContents()).toEqual([
      'Make a key at https://platform.openai.com/api-keys. Its account needs credit.',
      'Put OPENAI_API_KEY=sk-… into the file .env in the folder of Patchbay, or into its environment.',
      'Restart Patchbay.',
      'Make a workflow with it, and save it.',
      'On the workflow’s page, press “Talk to it”.',
    ]);
    await page.screenshot({ path: pictureFile('console-agent-without-key'), fullPage: true });
  });

  it('with the key, model and voice are chosen in a form', async () => {
    await withoutKey.stop();
    await withKey.start();
    await page.reload();
    await agent().locator('.badge.good').getByText('ready').waitFor();
    expect(await agent().getByText('It needs').count()).toBe(0);
    await agent().getByRole('link', { name: 'New workflow with openai-realtime' }).click();
    expect(await page.getByLabel('Agent', { exact: true }).inputValue()).toBe('openai-realtime');
    await page.getByLabel('Name', { exact: true }).fill('A model');
    await page.getByLabel('Instructions').fill('Be kind.');
    await page.getByLabel('Greeting').fill('Say good day.');
    const suggested = (id: string) =>
      page
        .locator(`#${id}-choices option`)
        .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
    expect(await suggested('agent_options-model')).toContain('gpt-realtime-2.1-mini');
    expect(await suggested('agent_options-voice')).toContain('cedar');
    await page.getByLabel('Model', { exact: true }).fill('gpt-realtime-2.1-mini');
    await page.getByLabel('Voice', { exact: true }).fill('cedar');
    await page
      .getByLabel('How the end of speech is found')
      .selectOption({ label: 'By what the caller says' });
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: pictureFile('console-agent-form'), fullPage: true });
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('link', { name: 'Talk to it' }).waitFor();
  });

  it('the model talks and is heard, hears what is said, and both are in the transcript', async () => {
    await page.getByRole('link', { name: 'Talk to it' }).click();
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await page.getByRole('button', { name: 'Answer' }).click();
    const peer = await until(() => openAi.peers[0]);
    await until(() => peer.of('response.create').length === 1);
    say(peer, GREETING, 2_000);
    await levelAbove(page, 'Agent', 0.2);
    await page.screenshot({ path: pictureFile('console-agent-talks') });
    expect(openAi.handshakes[0]?.url.searchParams.get('model')).toBe('gpt-realtime-2.1-mini');
    const [set] = peer.of('session.update');
    expect(set?.session).toMatchObject({
      instructions: 'Be kind.',
      audio: {
        input: { turn_detection: { type: 'semantic_vad' } },
        output: { voice: 'cedar' },
      },
    });
    const link = page.getByRole('link', { name: /^Call #\d+$/ });
    const runId = Number(/\d+$/.exec((await link.textContent()) ?? '')?.[0]);
    await api.until(runId, ({ transcribed }) => transcribed);
    // The microphone beeps, and the server begins a reply by itself.
    openAi.hearsSpeech = true;
    await until(() => peer.active !== null);
    peer.send({
      type: 'conversation.item.input_audio_transcription.completed',
      item_id: 'user',
      content_index: 0,
      transcript: 'Beep.',
    });
    say(peer, REPLY, 1_000);
    await levelAbove(page, 'Agent', 0.2);
    await link.click();
    const line = (text: string) => page.locator('.transcript li', { hasText: text });
    await line('Good day').waitFor();
    await line('Beep.').first().waitFor();
    await line(REPLY).waitFor();
    await page.getByRole('button', { name: 'Hang up' }).first().click();
    await until(() => peer.closeCode === 1000);
    await page.getByText('Media stream ended').waitFor();
    await page.screenshot({ path: pictureFile('console-agent-call'), fullPage: true });
    expect(peer.mistakes).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('once the key is gone no call is placed, and the way to the steps is shown', async () => {
    await withKey.stop();
    await withoutKey.start();
    const trouble = page.getByText('No call is answered: OPENAI_API_KEY is not set.');
    const call = page.getByRole('button', { name: 'Call', exact: true });
    await page.getByRole('link', { name: 'Live' }).click();
    await page.reload();
    await page.getByRole('link', { name: 'Place a call' }).click();
    await page.getByLabel('Workflow', { exact: true }).selectOption('A model');
    await trouble.waitFor();
    expect(await call.isDisabled()).toBe(true);
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: pictureFile('console-place-not-ready') });
    await page.getByLabel('Workflow', { exact: true }).selectOption('Echo');
    await trouble.waitFor({ state: 'detached' });
    expect(await call.isDisabled()).toBe(false);

    await page.getByRole('link', { name: 'Workflows' }).click();
    const workflow = page.getByRole('listitem').filter({ hasText: 'A model' });
    await workflow.getByText('Talk to it').click();
    await trouble.waitFor();
    expect(await call.isDisabled()).toBe(true);
    await page.getByRole('link', { name: 'What to do' }).click();
    await agent().getByText('It needs OPENAI_API_KEY, which is not set.').waitFor();
    const calls = await api.request<{ data: unknown[] }>('GET', '/telephony/calls');
    expect(calls.body.data).toHaveLength(1);
    expect(complaints).toEqual([]);
  });
});
