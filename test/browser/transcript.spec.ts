import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { AgentRegistry } from '../../src/agents/agent-registry.js';
import { ScriptedAgent } from '../../src/agents/test-kit/scripted-agent.js';
import { THEIR_NUMBER } from '../support/gateway.js';
import { chromiumPath } from './support/chromium.js';
import { ConsoleBench, violations } from './support/console.js';

/** What is said, and after how much audio, in seconds. */
const LINES = [
  ['agent', 'Good morning, how can I help?', 0.2],
  ['caller', 'My parcel <A & B> is late.', 1],
  ['agent', 'I am sorry to hear that.', 2],
] as const;

(chromiumPath() ? describe : describe.skip)('the transcript of a call', () => {
  let bench: ConsoleBench;
  let page: Page;
  let runId: number;
  beforeAll(async () => {
    bench = await ConsoleBench.start({ carrier: { behaviour: {} } });
    const { api, gateway } = bench;
    gateway.service.app.get(AgentRegistry).register(
      new ScriptedAgent('told', (call) => {
        let heard = 0;
        let told = 0;
        return {
          onAudio: (audio) => {
            call.sendAudio(audio);
            heard += audio.length / 8_000;
            const [speaker, text, after] = LINES[told] ?? [];
            if (after === undefined || heard < after) return;
            told += 1;
            call.transcript({ speaker, text, final: true });
          },
        };
      }),
    );
    const fields = { name: 'Told', agent: 'told', recording: true };
    const made = await api.request<{ workflow_id: number }>('POST', '/workflows', fields);
    const { workflow_id } = made.body;
    runId = (await api.place({ to: THEIR_NUMBER, workflow_id })).workflow_run_id;
    page = await bench.signedIn();
  });
  afterAll(() => bench.stop());

  const line = (text: string) => page.locator('.transcript li', { hasText: text });

  it('grows while the call goes on', async () => {
    await page.goto(bench.url(`calls/${runId}`));
    for (const [, text] of LINES) await line(text).waitFor();
    expect(await page.locator('.transcript li').count()).toBe(3);
    // There is no recording to play yet.
    expect(await page.locator('.transcript li button').count()).toBe(0);
    await page.getByRole('button', { name: 'Hang up' }).click();
    await page.getByText('Transcript complete').waitFor();
    await page.locator('.waveform[data-ready=true]').waitFor();
  });

  it('plays a line that is pressed, and marks the one that is being said', async () => {
    await line('sorry').getByRole('button').click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await page.locator('.transcript li[aria-current=time]', { hasText: 'sorry' }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    const position = page.locator('.controls input[type=range]');
    expect(Number(await position.inputValue())).toBeGreaterThanOrEqual(1.9);
    await position.fill('1.4');
    await page.locator('.transcript li[aria-current=time]', { hasText: 'parcel' }).waitFor();
  });

  it('is searched, and finds its call among all', async () => {
    await page.getByLabel('Find in it').fill('PARC');
    await page.getByText('1 of 3 lines').waitFor();
    expect(await page.locator('.transcript li.found').count()).toBe(1);
    expect(await violations(page)).toEqual([]);
    await bench.api.place({ to: THEIR_NUMBER });
    await page.goto(bench.url('calls'));
    await page.getByRole('link', { name: `Call ${runId + 1}` }).waitFor();
    await page.getByLabel('Words that were said').fill('parcel late');
    await page.getByRole('link', { name: `Call ${runId + 1}` }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: `Call ${runId}` }).waitFor();
    expect(new URL(page.url()).search).toBe('?q=parcel+late');
  });

  it('is subtitles that the player of a browser takes', async () => {
    const path = `${bench.gateway.url}/api/v1/telephony/calls/${runId}`;
    const cues = await page.evaluate(async (call) => {
      const video = document.createElement('video');
      const track = document.createElement('track');
      track.src = `${call}/transcript?format=vtt`;
      track.kind = 'subtitles';
      video.append(track);
      video.src = `${call}/recording`;
      document.body.append(video);
      track.track.mode = 'showing';
      await new Promise((loaded, failed) => {
        track.addEventListener('load', loaded);
        track.addEventListener('error', () => failed(new Error('no track')));
      });
      const all = [...(track.track.cues ?? [])] as VTTCue[];
      return all.map((cue) => [cue.startTime < cue.endTime, cue.getCueAsHTML().textContent]);
    }, path);
    expect(cues).toEqual(LINES.map(([, text]) => [true, text]));
  });
});
