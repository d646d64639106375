import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { speakingAs } from '../../src/audio/transcoder.js';
import { encodeMulaw } from '../../src/audio/mulaw.js';
import { THEIR_NUMBER } from '../support/gateway.js';
import { ModelServers } from '../support/model-servers.js';
import { until } from '../support/patience.js';
import { StreamBench } from '../support/streams.js';
import { atLevel, voice } from '../support/voices.js';

const GREETING = 'Good morning!';
const ANSWER = 'We open at nine.';
const LONG_STORY = 'Once upon a time there was a king who had three sons and a very long story.';

const asMulaw = (text: string): Buffer => {
  const encoder = speakingAs('pcm_24000');
  return Buffer.concat([encoder.write(ModelServers.audioOf(text)), encoder.flush()]);
};

interface Line {
  speaker: string;
  text: string;
}

describe('a call through the agent pipeline, against local servers', () => {
  let servers: ModelServers;
  let bench: StreamBench;
  let workflow = 0;

  beforeAll(async () => {
    servers = await ModelServers.start();
    bench = await StreamBench.start({
      carrier: { behaviour: {} },
      env: { AGENT_ALLOWED_HOSTS: '127.0.0.1' },
    });
    const made = await bench.api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'talk',
      agent: 'pipeline',
      agent_options: { ...servers.options, greeting: GREETING },
      barge_in: true,
    });
    expect(made.status).toBe(201);
    workflow = made.body.workflow_id;
  });
  afterAll(async () => {
    await bench.stop();
    await servers.stop();
    expect(servers.mistakes).toEqual([]);
  });

  const question = encodeMulaw(atLevel(voice('question'), -20));
  /** The caller asks when the agent has said so much, by bytes of what was heard; each time once. */
  const place = async (asksAfter: number[]) => {
    const questions = asksAfter.map((after) => ({ after, at: -1 }));
    let heard = (): number => 0;
    const frame = (nth: number): Buffer => {
      const next = questions.find(({ at }) => at < 0 || nth - at < question.length / 160);
      if (next && next.at < 0 && heard() >= next.after) next.at = nth;
      const from = next && next.at >= 0 ? (nth - next.at) * 160 : question.length;
      const piece = question.subarray(from, from + 160);
      return piece.length === 160 ? piece : Buffer.alloc(160, 0xff);
    };
    bench.gateway.carrier.behave(null, { audio: { frame } });
    const placed = await bench.api.place({ to: THEIR_NUMBER, workflow_id: workflow });
    const phone = await bench.gateway.carrier.waitForCall(
      (one) => one.sid === placed.provider_call_id,
    );
    heard = () => phone.heardAudio.length;
    return { phone, runId: placed.workflow_run_id };
  };
  const transcriptOf = async (runId: number): Promise<string[]> => {
    const path = `/telephony/calls/${runId}/transcript`;
    const { body } = await bench.api.request<{ data: Line[] }>('GET', path);
    return body.data.map(({ speaker, text }) => `${speaker}: ${text}`);
  };

  it('greets, hears a question, answers it, and has all of it in the transcript', async () => {
    servers.heard = ['When do you open?'];
    servers.answers = [ANSWER];
    const { phone, runId } = await place([asMulaw(GREETING).length]);
    await bench.until(() => phone.heardAudio.includes(asMulaw(ANSWER)));
    expect(phone.heardAudio.includes(asMulaw(GREETING))).toBe(true);
    // What has come to the phone is heard a moment later, and only then is it said.
    await until(async () => (await transcriptOf(runId)).includes(`agent: ${ANSWER}`));
    phone.hangUp();
    await bench.api.over(runId);
    expect(await transcriptOf(runId)).toEqual([
      `agent: ${GREETING}`,
      'caller: When do you open?',
      `agent: ${ANSWER}`,
    ]);
  });

  it('is interrupted, and the model is told no more than was heard', async () => {
    servers.heard = ['Tell me a story.', 'Stop it.'];
    servers.answers = [LONG_STORY, ANSWER];
    const greeting = asMulaw(GREETING).length;
    const asked = servers.chats.length;
    const { phone, runId } = await place([greeting, greeting + 8_000 * 1.2]);
    await bench.until(() => phone.heardAudio.includes(asMulaw(ANSWER)));
    phone.hangUp();
    await bench.api.over(runId);
    const told = servers.chats[asked + 1]?.findLast(({ role }) => role === 'assistant')?.content;
    const inTime = phone.heardAudio.length - greeting - asMulaw(ANSWER).length;
    expect(LONG_STORY.startsWith(told ?? '?')).toBe(true);
    expect(told).not.toBe(LONG_STORY);
    expect(inTime).toBeLessThan(asMulaw(LONG_STORY).length);
    expect(await transcriptOf(runId)).toContain(`agent: ${told ?? ''}`);
  });
});
