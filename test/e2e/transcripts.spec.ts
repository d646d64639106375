import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AgentCall, AgentSession } from '../../src/agents/agent.js';
import { Database } from '../../src/database/database.js';
import { Api, type CallJson } from '../support/api.js';
import { EventReceiver } from '../support/event-receiver.js';
import { THEIR_NUMBER } from '../support/gateway.js';
import { until } from '../support/patience.js';
import { readVtt } from '../support/read-vtt.js';
import { StreamBench } from '../support/streams.js';
import { TRANSCRIPTION_KEY, TranscriptionDouble } from '../support/transcription-double.js';
import { TwilioBot } from '../support/twilio-bot.js';

interface Transcript {
  data: Array<{ at_ms: number; speaker: string; text: string; final: boolean }>;
}

describe('a transcript', () => {
  let bench: StreamBench;
  let api: Api;
  const server = new TranscriptionDouble();
  const receiver = new EventReceiver();
  const bot = new TwilioBot();

  beforeAll(async () => {
    await bot.listen();
    bench = await StreamBench.start({
      carrier: { behaviour: {} },
      env: {
        TRANSCRIPTION_URL: await server.start(),
        TRANSCRIPTION_API_KEY: TRANSCRIPTION_KEY,
        TRANSCRIPTION_MODEL: 'whisper-large',
        WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
        AGENT_ALLOWED_HOSTS: '127.0.0.1',
      },
    });
    ({ api } = bench);
    const types = ['call.transcript'];
    await api.request('POST', '/webhook-endpoints', { url: await receiver.start(), types });
  });
  afterAll(async () => {
    await bench.stop();
    await Promise.all([server.stop(), receiver.stop(), bot.die()]);
    expect(server.mistakes).toEqual([]);
  });

  const place = async (workflow_id: number) => {
    const placed = await api.place({ to: THEIR_NUMBER, workflow_id });
    const phone = await bench.gateway.carrier.waitForCall(
      ({ sid }) => sid === placed.provider_call_id,
    );
    await phone.streamStarted;
    return { phone, runId: placed.workflow_run_id };
  };
  const path = (runId: number): string => `/telephony/calls/${runId}/transcript`;
  const read = async (runId: number) => (await api.request<Transcript>('GET', path(runId))).body;
  const raw = async (runId: number, query: string, accept = '*/*') => {
    const headers = { authorization: `Bearer ${api.key}`, accept };
    const reply = await fetch(`${bench.gateway.url}/api/v1${path(runId)}${query}`, { headers });
    return { type: reply.headers.get('content-type'), text: await reply.text() };
  };
  const steps = ({ events }: CallJson) =>
    events.filter(({ type }) => type === 'transcript').map(({ detail }) => detail);
  /** The call once its transcript has so many events; what waits for its time is due now. */
  const after = async (runId: number, events: number) =>
    until(async () => {
      const call = await api.call(runId);
      if (call.ended_at !== null) await hasten();
      return steps(call).length === events ? call : null;
    });
  const completed = (runId: number) => after(runId, 2);
  const hasten = () =>
    bench.gateway.service.app
      .get(Database)
      .write((trx) => trx.updateTable('transcription_jobs').set({ due_at: 1 }).execute());
  const found = async (query: string, by = api) => {
    const asked = `/telephony/calls?${query}`;
    const { body } = await by.request<{ data: CallJson[] }>('GET', asked);
    return body.data.map(({ workflow_run_id: id }) => id);
  };

  it('is what the agent tells, at once, in JSON, as text and as WebVTT; it is found, told of, and erased with the call', async () => {
    const agent = (call: AgentCall): AgentSession => {
      call.transcript({ speaker: 'agent', text: 'Parcel <service>, good morning!', final: true });
      return {
        onAudio: () => undefined,
        onDtmf: () =>
          call.transcript({ speaker: 'caller', text: 'Where is Zoë’s parcel?', final: true }),
        onEnd: () => call.transcript({ speaker: 'agent', text: 'It', final: false }),
      };
    };
    const { phone, runId } = await place(await bench.workflow(agent));
    await api.until(runId, ({ transcribed }) => transcribed);
    expect((await read(runId)).data).toMatchObject([{ speaker: 'agent', final: true }]);
    phone.sendDigits('1');
    await until(async () => (await read(runId)).data.length === 2);
    phone.hangUp();
    const call = await completed(runId);
    expect(steps(call)).toEqual([
      { step: 'started', by: 'agent' },
      { step: 'complete', by: 'agent' },
    ]);
    const { data } = await read(runId);
    expect(data.map(({ speaker, text, final }) => [speaker, text, final])).toEqual([
      ['agent', 'Parcel <service>, good morning!', true],
      ['caller', 'Where is Zoë’s parcel?', true],
      ['agent', 'It', false],
    ]);
    const [vtt, asked, plain] = await Promise.all([
      raw(runId, '?format=vtt'),
      raw(runId, '', 'text/vtt'),
      raw(runId, '?format=txt'),
    ]);
    expect(vtt).toEqual({ type: 'text/vtt; charset=utf-8', text: asked.text });
    expect(readVtt(vtt.text).map(({ voice, text }) => [voice, text])).toEqual([
      ['Agent', 'Parcel <service>, good morning!'],
      ['Caller', 'Where is Zoë’s parcel?'],
      ['Agent', 'It'],
    ]);
    expect(plain.text).toContain('Agent: Parcel <service>, good morning!\n');

    expect(await found('q=zoe%20PAR')).toEqual([runId]);
    expect(await found('q=zoe%20refund')).toEqual([]);
    const other = await api.request<{ user_id: number }>('POST', '/users', { name: 'Other' });
    const keys = `/users/${other.body.user_id}/keys`;
    const made = await api.request<{ key: string }>('POST', keys, { name: 'k' });
    const theirs = new Api(bench.gateway, made.body.key);
    expect((await theirs.request('GET', path(runId))).status).toBe(404);
    expect(await found('q=zoe', theirs)).toEqual([]);

    await receiver.until((all) => all.length === 1);
    expect(receiver.received[0]?.event).toMatchObject({
      type: 'call.transcript',
      data: { workflow_run_id: runId, transcribed: true, status: 'completed' },
    });
    expect(receiver.received[0]?.body).not.toContain('parcel');
    expect((await api.request('DELETE', `/telephony/calls/${runId}`)).status).toBe(204);
    expect((await api.request('GET', path(runId))).status).toBe(404);
    expect(await found('q=zoe')).toEqual([]);
  });

  it('is told by a bot that was written for Twilio, with a message of our own', async () => {
    const options = { name: 'bot', agent: 'relay', agent_options: { url: bot.url } };
    const workflow = await api.request<{ workflow_id: number }>('POST', '/workflows', options);
    const { phone, runId } = await place(workflow.body.workflow_id);
    const stream = await until(() => bot.streams.at(-1));
    const tell = (transcript: object) => {
      const { streamSid, socket } = stream;
      socket.send(JSON.stringify({ event: 'patchbay.transcript', streamSid, transcript }));
    };
    tell({ speaker: 'caller', text: 'I am Ada.', ago_ms: 200 });
    tell({ speaker: 'nobody', text: 'never' });
    await until(async () => (await read(runId)).data?.length === 1);
    phone.hangUp();
    const call = await completed(runId);
    expect((await read(runId)).data).toMatchObject([{ speaker: 'caller', text: 'I am Ada.' }]);
    expect(call.events.filter(({ type }) => type === 'agent').map(({ detail }) => detail)).toEqual([
      expect.objectContaining({
        reason: 'the speaker of its transcript is none of caller, agent',
      }),
    ]);
  });

  it('is made of the recording of any other call, each side apart, with what it has cost', async () => {
    const fields = { name: 'Recorded', agent: 'echo', recording: true };
    const workflow = await api.request<{ workflow_id: number }>('POST', '/workflows', fields);
    server.answer = ({ samples }) => ({
      body: {
        text: 'all',
        segments: [{ start: 0.5, end: 1, text: ` of ${Math.round(samples.length / 8_000)} s ` }],
      },
    });
    const { phone, runId } = await place(workflow.body.workflow_id);
    await bench.until(() => phone.heardAudio.length > 2 * 8_000);
    phone.hangUp();
    const call = await completed(runId);
    expect(server.requests.map(({ model, format }) => [model, format])).toEqual([
      ['whisper-large', 'verbose_json'],
      ['whisper-large', 'verbose_json'],
    ]);
    const seconds = server.requests.reduce((sum, { samples }) => sum + samples.length / 8_000, 0);
    expect(steps(call)).toEqual([
      { step: 'started', by: 'recording' },
      { step: 'complete', by: 'recording', requests: 2, seconds: Math.round(seconds) },
    ]);
    const { data } = await read(runId);
    expect(data.map(({ speaker }) => speaker).sort()).toEqual(['agent', 'caller']);
    expect(data.every(({ at_ms: at, text }) => at >= 500 && /^of \d+ s$/.test(text))).toBe(true);
    const [cue] = readVtt((await raw(runId, '?format=vtt')).text);
    expect((cue?.to ?? 0) - (cue?.from ?? 0)).toBe(500);
  });

  it('of a call whose recording cannot be transcribed has failed, and there is none', async () => {
    const fields = { name: 'Refused', agent: 'echo', recording: true };
    const workflow = await api.request<{ workflow_id: number }>('POST', '/workflows', fields);
    server.answer = () => ({ status: 413 });
    const { phone, runId } = await place(workflow.body.workflow_id);
    await bench.until(() => phone.heardAudio.length > 8_000);
    phone.hangUp();
    const call = await after(runId, 1);
    expect(steps(call)).toEqual([{ step: 'failed', by: 'recording', reason: 'http_413' }]);
    expect(call.transcribed).toBe(false);
    expect((await api.request('GET', path(runId))).status).toBe(404);
    expect((await api.request('GET', `${path(runId)}?format=pdf`)).status).toBe(400);
  });
});
