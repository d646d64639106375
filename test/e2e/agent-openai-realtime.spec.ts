import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OpenAiRealtimeAgent } from '../../src/agents/openai-realtime/openai-realtime.agent.js';
import { agentAcceptance } from '../../src/agents/test-kit/agent-acceptance.js';
import { AgentSettings } from '../../src/config/settings.js';
import { THEIR_NUMBER } from '../support/gateway.js';
import { REALTIME_KEY, RealtimeServer, type RealtimePeer } from '../support/realtime-server.js';
import { StreamBench } from '../support/streams.js';

const INSTRUCTIONS = 'Be kind.';

describe('the agent openai-realtime', () => {
  let server: RealtimeServer;
  let bench: StreamBench;
  let base = '';

  beforeAll(async () => {
    server = new RealtimeServer();
    base = await server.listen();
    bench = await StreamBench.start({
      carrier: { behaviour: {} },
      env: { OPENAI_API_KEY: REALTIME_KEY, OPENAI_BASE_URL: base },
    });
  });
  afterAll(async () => {
    await bench.stop();
    await server.close();
  });

  agentAcceptance({
    create: () => new OpenAiRealtimeAgent(new AgentSettings('', [], REALTIME_KEY, base)),
    options: { instructions: INSTRUCTIONS },
    badOptions: [
      {},
      { instructions: '' },
      { instructions: 'x', turn_detection: 'mine' },
      { instructions: 'x', tools: [{ name: 'hang_up', description: 'mine' }] },
    ],
  });

  const call = async (options: Record<string, unknown> = {}) => {
    const made = await bench.api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'talk',
      agent: 'openai-realtime',
      agent_options: { instructions: INSTRUCTIONS, ...options },
    });
    expect(made.status).toBe(201);
    const before = server.peers.length;
    const placed = await bench.api.place({ to: THEIR_NUMBER, workflow_id: made.body.workflow_id });
    const phone = await bench.gateway.carrier.waitForCall(
      (one) => one.sid === placed.provider_call_id,
    );
    const stream = await phone.streamStarted;
    await bench.until(() => (server.peers[before]?.events.length ?? 0) > 0);
    const peer = server.peers[before] as RealtimePeer;
    return { phone, stream, peer, runId: placed.workflow_run_id };
  };
  const end = (runId: number) => bench.api.until(runId, ({ ended_at: at }) => at !== null);
  const bytesOf = (audio: Buffer, value: number): number =>
    audio.filter((byte) => byte === value).length;

  it('sets up the session, greets, and passes μ-law straight through, both ways', async () => {
    const { phone, peer } = await call({ greeting: 'Say hello.', voice: 'cedar', model: 'gpt-x' });
    await bench.until(() => peer.events.some(({ type }) => type === 'response.create'));
    expect(server.models.at(-1)).toBe('gpt-x');
    expect(peer.events[0]?.session).toMatchObject({
      instructions: INSTRUCTIONS,
      audio: { output: { voice: 'cedar' }, input: { turn_detection: { type: 'server_vad' } } },
    });
    expect(peer.events.find(({ type }) => type === 'response.create')?.response).toEqual({
      instructions: 'Say hello.',
    });
    peer.say(500, 7);
    await bench.until(() => bytesOf(phone.heardAudio, 7) === 4_000);
    const said = Buffer.concat([...phone.sentFrames]);
    expect(said.indexOf(peer.heard.subarray(0, 1_600))).toBeGreaterThanOrEqual(0);
    phone.hangUp();
    expect(peer.mistakes).toEqual([]);
  });

  it('is interrupted by the caller, and the model learns how much was heard: within 40 ms', async () => {
    const { phone, stream, peer } = await call();
    const errors: number[] = [];
    for (let round = 1; round <= 5; round += 1) {
      const item = peer.say(4_000, round);
      await bench.until(() => bytesOf(phone.heardAudio, round) > 0);
      await sleep(250 + round * 31);
      peer.send({ type: 'input_audio_buffer.speech_started', item_id: 'user' });
      await bench.until(() => peer.truncations.length === round);
      // Late: it must not be heard any more.
      peer.send({
        type: 'response.output_audio.delta',
        item_id: item,
        delta: Buffer.alloc(800, 99).toString('base64'),
      });
      await bench.until(() => stream.bufferedBytes === 0);
      await sleep(60);
      const truth = bytesOf(phone.heardAudio, round) / 8;
      const told = peer.truncations[round - 1];
      expect(told).toMatchObject({ item_id: item, content_index: 0 });
      errors.push(Math.abs((told?.audio_end_ms ?? 0) - truth));
    }
    // The median: one round may have been held up by the machine.
    expect(errors.sort((a, b) => a - b)[2]).toBeLessThanOrEqual(40);
    expect(bytesOf(phone.heardAudio, 99)).toBe(0);
    peer.send({ type: 'input_audio_buffer.speech_started', item_id: 'user' });
    await sleep(50);
    expect(peer.truncations).toHaveLength(5);
    phone.hangUp();
    expect(peer.mistakes).toEqual([]);
  });

  it('stores what its tools find out, answers each once, and hangs up when it is told to', async () => {
    const { phone, peer, runId } = await call({
      tools: [{ name: 'order', description: 'The order.', parameters: { type: 'object' } }],
    });
    peer.use('order', 'call_1', { id: 7 });
    peer.use('order', 'call_1', { id: 7 });
    peer.use('set_facts', 'call_2', { mood: 'good' });
    peer.use('nonsense', 'call_3', {});
    const outputs = () =>
      peer.events.flatMap(({ item }) => (item?.type === 'function_call_output' ? [item] : []));
    await bench.until(() => outputs().length === 3);
    expect(outputs().map(({ call_id: id }) => id)).toEqual(['call_1', 'call_2', 'call_3']);
    expect(outputs()[2]?.output).toContain('no tool');
    peer.say(400, 5);
    peer.use('hang_up', 'call_4', {});
    expect(await phone.ended).toBe('completed');
    expect(bytesOf(phone.heardAudio, 5)).toBe(3_200);
    expect(await end(runId)).toMatchObject({
      end_reason: 'agent_hangup',
      facts: { order: { id: 7 }, mood: 'good' },
    });
  });

  it('when the session is lost the call ends as agent_failed, and why', async () => {
    const { peer, runId } = await call();
    peer.socket.terminate();
    const ended = await end(runId);
    expect(ended.end_reason).toBe('agent_failed');
    const reason = ended.events.find(({ type }) => type === 'agent')?.detail['reason'];
    expect(reason).toContain('closed the session');
  });

  it('a message that makes no sense ends its call, and no other', async () => {
    const other = await call();
    const { peer, runId } = await call();
    peer.send({ type: 'response.output_audio.delta', item_id: 'x', delta: 5 });
    expect((await end(runId)).end_reason).toBe('agent_failed');
    other.peer.say(200, 3);
    await bench.until(() => bytesOf(other.phone.heardAudio, 3) === 1_600);
    other.phone.hangUp();
  });

  it('a key that is refused is told as HTTP 401, and never shown', async () => {
    const agent = new OpenAiRealtimeAgent(new AgentSettings('', [], 'sk-wrong-secret', base));
    const workflow = await bench.workflow((one) =>
      agent.answer({ ...one, options: { instructions: 'x' } }),
    );
    const placed = await bench.api.place({ to: THEIR_NUMBER, workflow_id: workflow });
    const ended = await end(placed.workflow_run_id);
    expect(ended.end_reason).toBe('agent_failed');
    expect(JSON.stringify(ended)).toContain('HTTP 401');
    expect(JSON.stringify(ended)).not.toContain('sk-wrong');
  });

  it('cannot be chosen without a key', async () => {
    const agent = new OpenAiRealtimeAgent(new AgentSettings('', [], null, base));
    expect(agent.problemsWith({ instructions: 'x' })).toEqual([
      expect.stringContaining('OPENAI_API_KEY is not set'),
    ]);
  });
});
