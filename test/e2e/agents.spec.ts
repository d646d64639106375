import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { wavOf } from '../../src/audio/wav.js';
import { THEIR_NUMBER } from '../support/gateway.js';
import { StreamBench } from '../support/streams.js';
import { tone } from '../support/test-signals.js';
import { toneShare } from '../support/tone-share.js';

/** A WAV of one tone. */
function wav(hertz: number, seconds: number, sampleRate = 8_000): Buffer {
  return wavOf(tone(hertz, { sampleRate, ms: seconds * 1_000 }), { sampleRate });
}

describe('the agents delivered, on real calls', () => {
  let bench: StreamBench;
  let media = '';

  beforeAll(async () => {
    media = await mkdtemp(join(tmpdir(), 'patchbay-media-'));
    await writeFile(join(media, 'low.wav'), wav(400, 1));
    await writeFile(join(media, 'high.wav'), wav(1_000, 1, 44_100));
    bench = await StreamBench.start({ carrier: { behaviour: {} }, env: { MEDIA_DIR: media } });
  });
  afterAll(async () => {
    await bench.stop();
    await rm(media, { recursive: true, force: true });
  });

  const call = async (agent: string, options: Record<string, unknown>) => {
    const made = await bench.api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: agent,
      agent,
      agent_options: options,
    });
    expect(made.status).toBe(201);
    const placed = await bench.api.place({
      to: THEIR_NUMBER,
      workflow_id: made.body.workflow_id,
    });
    const phone = await bench.gateway.carrier.waitForCall(
      (one) => one.sid === placed.provider_call_id,
    );
    await phone.streamStarted;
    return { phone, runId: placed.workflow_run_id };
  };
  const end = (runId: number) => bench.api.until(runId, ({ ended_at: at }) => at !== null);

  it('announce: the sound is heard whole, then the agent hangs up', async () => {
    const { phone, runId } = await call('announce', { sound: 'high.wav' });
    expect(await phone.ended).toBe('completed');
    expect(await end(runId)).toMatchObject({ end_reason: 'agent_hangup' });
    expect(phone.heardAudio).toHaveLength(8_000);
    expect(toneShare(phone.heardAudio, 1_000)).toBeGreaterThan(0.99);
  });

  it('tone: as long and as high as it was told', async () => {
    const { phone, runId } = await call('tone', { frequency_hz: 600, seconds: 0.5 });
    await phone.ended;
    expect(await end(runId)).toMatchObject({ end_reason: 'agent_hangup' });
    expect(phone.heardAudio).toHaveLength(4_000);
    expect(toneShare(phone.heardAudio, 600)).toBeGreaterThan(0.99);
  });

  it('menu: a key leads on, and the way is told as facts', async () => {
    const { phone, runId } = await call('menu', {
      start: 'main',
      steps: {
        main: { prompt: Array(10).fill('low.wav'), keys: { 2: 'done' } },
        done: { prompt: ['high.wav'], facts: { choice: 'two' } },
      },
    });
    await bench.until(() => phone.heardAudio.length >= 800);
    phone.sendDigits('2');
    await phone.ended;
    const finished = await end(runId);
    expect(finished).toMatchObject({ end_reason: 'agent_hangup', facts: { choice: 'two' } });
    expect(toneShare(phone.heardAudio.subarray(-8_000), 1_000)).toBeGreaterThan(0.99);
    expect(phone.heardAudio.length).toBeLessThan(8_000 + 10 * 8_000);
    expect(JSON.stringify(finished.events)).not.toMatch(/"digit"/);
  });

  it('a workflow whose sound is missing is refused by name', async () => {
    const reply = await bench.api.request('POST', '/workflows', {
      name: 'x',
      agent: 'announce',
      agent_options: { sound: 'nothing.wav' },
    });
    expect(reply.status).toBe(400);
    expect(JSON.stringify(reply.body)).toContain('there is no sound');
  });

  it('a sound that is gone when the call comes: agent_failed, and the ledger says why', async () => {
    await writeFile(join(media, 'gone.wav'), wav(400, 1));
    const made = await bench.api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'gone',
      agent: 'announce',
      agent_options: { sound: 'gone.wav' },
    });
    await rm(join(media, 'gone.wav'));
    const placed = await bench.api.place({ to: THEIR_NUMBER, workflow_id: made.body.workflow_id });
    const ended = await end(placed.workflow_run_id);
    expect(ended.end_reason).toBe('agent_failed');
    expect(ended.events.find(({ type }) => type === 'agent')?.detail).toMatchObject({
      agent: 'failed',
      reason: expect.stringContaining('there is no sound "gone.wav"'),
    });
  });
});
