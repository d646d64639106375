import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { claimedPort } from '../support/claimed-port.js';
import { Api } from '../support/api.js';
import { API_KEY } from '../support/gateway.js';
import { KillableGateway } from '../support/killable-gateway.js';
import { until } from '../support/patience.js';
import { chromiumPath, launch } from './support/chromium.js';
import { violations } from './support/console.js';
import { beepingMicrophone, levelAbove } from './support/microphone.js';
import { pictureFile } from './support/pictures.js';

/** A net, and no verdict on how fast it is. */
const PATIENCE_MS = 45_000;
/** Beeps of a pitch that nothing else here has. */
const PITCH = 700;

/** How much of a channel (0 left, 1 right) of a recording is the microphone's pitch, 0 to 1. */
function shareOfPitch(wav: Buffer, channel: 0 | 1): number {
  const count = Math.floor((wav.length - 44) / 4);
  const window = 800;
  let beeping = 0;
  for (let from = 0; from + window <= count; from += window) {
    let [sin, cos, all] = [0, 0, 0];
    for (let n = 0; n < window; n += 1) {
      const sample = wav.readInt16LE(44 + (from + n) * 4 + channel * 2);
      const angle = (2 * Math.PI * PITCH * n) / 8_000;
      sin += sample * Math.sin(angle);
      cos += sample * Math.cos(angle);
      all += sample * sample;
    }
    const power = (2 * (sin * sin + cos * cos)) / window;
    if (all / window > 10_000 && power / all > 0.7) beeping += 1;
  }
  return beeping / Math.floor(count / window);
}

(chromiumPath() ? describe : describe.skip)('the phone in the browser', () => {
  let directory = '';
  let gateway: KillableGateway;
  let browser: Browser;
  let page: Page;
  let api: Api;
  const complaints: string[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchbay-phone-'));
    const port = await claimedPort();
    // As a newcomer has it: nothing is configured.
    gateway = new KillableGateway(`http://127.0.0.1:${port}`, {
      PATH: process.env['PATH'] ?? '',
      PORT: String(port),
      HOST: '127.0.0.1',
      DATA_DIR: directory,
      API_KEY,
      LOG_LEVEL: 'silent',
      DRAIN_TIMEOUT_SECONDS: '0',
    });
    await gateway.start();
    api = new Api(gateway);
    await api.request('PATCH', '/workflows/1', { recording: true });
    browser = await launch(
      await beepingMicrophone(join(directory, 'microphone.wav'), {
        pitch: PITCH,
        seconds: 1,
        pauseSeconds: 0.5,
      }),
    );
    const context = await browser.newContext({ locale: 'en-GB' });
    page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      const text = message.text();
      // Before signing in nobody is; the page asks all the same.
      if (message.type() === 'error' && !text.startsWith('Failed to load resource')) {
        complaints.push(text);
      }
    });
    await page.goto(`${gateway.url}/console/`);
    await page.getByLabel('API key').fill(API_KEY);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('link', { name: 'Phone' }).click();
  });
  afterAll(async () => {
    await browser?.close();
    await gateway?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('is rung by a workflow, carries the microphone to its agent, and plays the reply', async () => {
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await page.getByText('Your telephone rings.').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('You are talking.').waitFor();
    for (const side of ['You', 'Agent'] as const) await levelAbove(page, side, 0.5);
    await page.getByRole('button', { name: '5', exact: true }).click();
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: pictureFile('console-phone') });
    await page.waitForTimeout(4_000);
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('The call is over.').waitFor();

    await page.getByRole('link', { name: /^Call #\d+$/ }).click();
    await page.getByText('Media stream ended').waitFor();
    const runId = Number(/calls\/(\d+)$/.exec(page.url())?.[1]);
    const call = await api.until(runId, (one) => one.ended_at !== null);
    expect(call).toMatchObject({ direction: 'outbound', end_reason: 'caller_hangup' });
    const recording = await fetch(`${gateway.url}/api/v1/telephony/calls/${runId}/recording`, {
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    const wav = Buffer.from(await recording.arrayBuffer());
    // Two thirds of the time it beeps, less what the beginning and noise suppression take.
    expect(shareOfPitch(wav, 0)).toBeGreaterThan(0.35);
    expect(shareOfPitch(wav, 1)).toBeGreaterThan(0.3);
    expect(complaints).toEqual([]);
  });

  it('speaks to a newcomer after four clicks; keys lead on, become a fact, and to the workflow Echo', async () => {
    await page.goto(`${gateway.url}/`);
    await page.getByRole('heading', { level: 1, name: 'Live' }).waitFor();
    const clicks = [
      page.getByRole('link', { name: 'Workflows' }),
      page.getByRole('listitem').filter({ hasText: 'Welcome' }).getByText('Talk to it'),
      page.getByRole('button', { name: 'Call', exact: true }),
      page.getByRole('button', { name: 'Answer' }),
    ];
    for (const [nth, click] of clicks.entries()) {
      await click.waitFor();
      if (nth === 1) {
        expect(await violations(page)).toEqual([]);
        await page.screenshot({ path: pictureFile('console-talk-to-it') });
      }
      await click.click();
    }
    await page.getByText('You are talking.').waitFor();
    await levelAbove(page, 'Agent', 0.2);
    await page.screenshot({ path: pictureFile('console-welcome-spoken') });
    const link = page.getByRole('link', { name: /^Call #\d+$/ });
    const runId = Number(/\d+$/.exec((await link.textContent()) ?? '')?.[0]);
    const press = (key: string) => page.getByRole('button', { name: key, exact: true }).click();
    const reached = (step: string) =>
      until(async () => (await api.call(runId)).facts['menu_step'] === step);
    await press('2');
    await reached('question');
    await press('2');
    await reached('choices');
    await press('1');
    const isPassedOn = async (): Promise<boolean> =>
      (await api.call(runId)).events.some(({ detail }) => detail['agent'] === 'passed_on');
    await until(isPassedOn);
    await page.getByRole('button', { name: 'Hang up' }).click();
    await link.click();
    await page.getByText('Passed on to workflow 1').waitFor();
    await page.getByText('a voice agent').waitFor();
    await page.getByText('Media stream ended').waitFor();
    await page.screenshot({ path: pictureFile('console-welcome-call'), fullPage: true });
    // What was talked to last is offered first; the next tests begin with Echo.
    await page.getByRole('link', { name: 'Phone' }).click();
    const choice = page.getByLabel('Workflow', { exact: true });
    expect(await choice.inputValue()).toBe('2');
    await choice.selectOption('Echo');
    await page.evaluate(() => localStorage.removeItem('patchbay.phone.workflow'));
    expect(complaints).toEqual([]);
  });

  it('rings and is talked on while other pages are looked at', async () => {
    await page.getByRole('link', { name: 'Phone' }).click();
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await page.getByText('Your telephone rings.').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('You are talking.').waitFor();
    // The button that was pressed is gone, and the focus is still at the telephone.
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Your telephone');
    await page.getByRole('link', { name: 'Live' }).click();
    await page.getByRole('table', { name: 'Live calls' }).getByText('streaming').waitFor();
    const strip = page.getByRole('region', { name: 'Your telephone' });
    await strip.getByText('You are talking.').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: pictureFile('console-on-the-phone') });
    await strip.getByRole('link', { name: 'To the phone' }).click();
    await page.getByText('You are talking.').waitFor();
    await page.getByRole('link', { name: 'Live' }).click();
    await strip.getByRole('button', { name: 'Hang up' }).click();
    const ended = page.getByRole('table', { name: 'Calls that ended just now' });
    await ended.getByText('other side hung up').waitFor();
    await strip.waitFor({ state: 'detached' });
  });

  it('its keys, by keyboard too, are heard by the agent', async () => {
    await api.request('POST', '/workflows', {
      name: 'Two keys',
      agent: 'menu',
      agent_options: {
        start: 'first',
        steps: {
          first: { keys: { 4: 'second' }, timeout_seconds: 20 },
          second: { keys: { '#': 'done' }, timeout_seconds: 20 },
          done: { facts: { pressed: '4#' } },
        },
      },
    });
    await page.getByRole('link', { name: 'Phone' }).click();
    await page.reload();
    await page.getByLabel('Workflow').selectOption('Two keys');
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await page.getByRole('button', { name: 'Answer' }).click();
    const link = await page.getByRole('link', { name: /^Call #\d+$/ }).textContent();
    const runId = Number(link?.replace(/\D/g, ''));
    await api.until(runId, (one) => one.streaming);
    await page.getByRole('button', { name: '4', exact: true }).click();
    await page.keyboard.press('#');
    await page.getByText('The call is over.').waitFor();
    const call = await api.until(runId, (one) => one.ended_at !== null);
    expect(call).toMatchObject({ end_reason: 'agent_hangup', facts: { pressed: '4#' } });
  });

  it('calls a number that a workflow has claimed, and hears its agent', async () => {
    await api.request('POST', '/phone-numbers', { number: '+15005550006', workflow_id: 1 });
    await page.getByRole('link', { name: 'Phone' }).click();
    await page.reload();
    const dial = page.getByRole('form', { name: 'Call one of my numbers' });
    await dial.getByText('One that a workflow has claimed, or another').waitFor();
    expect(await dial.getByLabel('Number').inputValue()).toBe('+15005550006');
    await dial.getByRole('button', { name: 'Dial' }).click();
    await page.getByText('You are talking.').waitFor();
    const link = await page.getByRole('link', { name: /^Call #\d+$/ }).textContent();
    const runId = Number(link?.replace(/\D/g, ''));
    await api.until(runId, (one) => one.streaming);
    await page.waitForTimeout(3_000);
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('The call is over.').waitFor();
    const call = await api.until(runId, (one) => one.ended_at !== null);
    expect(call).toMatchObject({ direction: 'inbound', end_reason: 'caller_hangup' });
    // The recording is complete a moment after the call.
    const wav = await until(async () => {
      const recording = await fetch(`${gateway.url}/api/v1/telephony/calls/${runId}/recording`, {
        headers: { authorization: `Bearer ${API_KEY}` },
      });
      const audio = Buffer.from(await recording.arrayBuffer());
      return audio.length > 2 * 4 * 8_000 && audio;
    }, 'two seconds are recorded');
    for (const side of [0, 1] as const) expect(shareOfPitch(wav, side)).toBeGreaterThan(0.3);
    expect(complaints).toEqual([]);
  });

  it('remembers its microphone and its volume', async () => {
    await page.getByRole('link', { name: 'Phone' }).click();
    const microphone = page.getByLabel('Microphone', { exact: true });
    const names = await microphone.locator('option').allTextContents();
    expect(names.length).toBeGreaterThan(1);
    await microphone.selectOption({ index: 1 });
    const volume = page.getByLabel('Volume');
    await volume.focus();
    for (let step = 0; step < 12; step += 1) await page.keyboard.press('ArrowLeft');
    expect(await volume.getAttribute('aria-valuetext')).toBe('40 percent');
    expect(await violations(page)).toEqual([]);
    await page.reload();
    await microphone.waitFor();
    expect(await microphone.inputValue()).toBe(
      await microphone.locator('option').nth(1).getAttribute('value'),
    );
    expect(await volume.inputValue()).toBe('40');
    // The call that follows has this microphone, and what is heard is that loud.
    const given = page.evaluate(
      () =>
        new Promise<{ device: string | undefined; gain: number }>((resolve) => {
          const { mediaDevices } = navigator;
          const ask = mediaDevices.getUserMedia.bind(mediaDevices);
          let device: string | undefined;
          mediaDevices.getUserMedia = async (wanted) => {
            const stream = await ask(wanted);
            device = stream.getAudioTracks()[0]?.getSettings().deviceId;
            return stream;
          };
          const Gain = window.GainNode;
          window.GainNode = class extends Gain {
            override connect(to: AudioNode | AudioParam): never {
              resolve({ device, gain: this.gain.value });
              return super.connect(to as AudioNode) as never;
            }
          };
        }),
    );
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    const { device, gain } = await given;
    expect(device).toBe(await microphone.inputValue());
    expect(gain).toBeCloseTo(0.4);
    await page.getByRole('button', { name: 'Answer' }).click();
    await page.getByText('You are talking.').waitFor();
    await volume.fill('100');
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('The call is over.').waitFor();
    // One that is not there any more is no obstacle.
    await page.evaluate(() => localStorage.setItem('patchbay.phone.microphone', 'unplugged'));
    await page.reload();
    expect(await microphone.inputValue()).toBe('');
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await page.getByRole('button', { name: 'Decline' }).click();
    await page.getByText('The call is over.').waitFor();
    await page.evaluate(() => localStorage.removeItem('patchbay.phone.microphone'));
    expect(complaints).toEqual([]);
  });

  it('is told in words that a number is nobody’s', async () => {
    await page.getByRole('link', { name: 'Phone' }).click();
    await page.getByRole('combobox', { name: 'Number' }).fill('+1 500 555 0099');
    await page.getByRole('button', { name: 'Dial' }).click();
    await page.getByText('no workflow has claimed this number').waitFor();
    expect(await page.getByRole('link', { name: /^Call #\d+$/ }).count()).toBe(0);
    expect(await violations(page)).toEqual([]);
  });

  it('hangs up when its page is closed', async () => {
    const other = await page.context().newPage();
    await other.goto(`${gateway.url}/console/phone`);
    await other.getByRole('button', { name: 'Call', exact: true }).click();
    await other.getByRole('button', { name: 'Answer' }).click();
    const link = await other.getByRole('link', { name: /^Call #\d+$/ }).textContent();
    const runId = Number(link?.replace(/\D/g, ''));
    await api.until(runId, (one) => one.streaming);
    await other.close();
    const call = await api.until(runId, (one) => one.ended_at !== null);
    expect(call).toMatchObject({ status: 'completed', end_reason: 'caller_hangup' });
  });

  it('calls nobody when one hangs up before the microphone is given', async () => {
    const calls = async () =>
      (await api.request<{ data: unknown[] }>('GET', '/telephony/calls?limit=100')).body.data;
    const before = await calls();
    await page.getByRole('link', { name: 'Phone' }).click();
    await page.evaluate(() => {
      const { mediaDevices } = navigator;
      const ask = mediaDevices.getUserMedia.bind(mediaDevices);
      mediaDevices.getUserMedia = async (wanted) => {
        await new Promise((give) => Object.assign(window, { give }));
        const microphone = await ask(wanted);
        mediaDevices.getUserMedia = ask;
        return Object.assign(window, { microphone }).microphone;
      };
    });
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await page.getByText('The call is being placed…').waitFor();
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('The call is over.').waitFor();
    await page.evaluate(() => (window as unknown as { give: () => void }).give());
    // The microphone is let go of again, and its light goes out.
    await page.waitForFunction(() => {
      const { microphone } = window as unknown as { microphone?: MediaStream };
      return microphone?.getTracks().every((track) => track.readyState === 'ended');
    });
    expect(await calls()).toHaveLength(before.length);
  });

  it('can be declined', async () => {
    await page.getByRole('link', { name: 'Phone' }).click();
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await page.getByRole('button', { name: 'Decline' }).click();
    await page.getByText('The call is over.').waitFor();
    await page.getByRole('link', { name: /^Call #\d+$/ }).click();
    await page.getByText('busy').first().waitFor();
  });

  it('says what to do when the microphone is not allowed', async () => {
    await page.getByRole('link', { name: 'Phone' }).click();
    await page.evaluate(() => {
      navigator.mediaDevices.getUserMedia = () =>
        Promise.reject(new DOMException('no', 'NotAllowedError'));
    });
    await page.getByRole('button', { name: 'Call', exact: true }).click();
    await page.getByText('Allow it for this page, and call again.').waitFor();
  });
});
