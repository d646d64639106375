import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { OpenAiRealtimeAgent } from '../../src/agents/openai-realtime/openai-realtime.agent.js';
import { mulawOf } from '../../src/agents/telephone-sound.js';
import { agentAcceptance } from '../../src/agents/test-kit/agent-acceptance.js';
import { OpenAiSettings } from '../../src/agents/openai-realtime/openai-realtime.variables.js';
import { Log, PinoLog } from '../../src/shared/logger.js';
import { SILENT_FRAME, type CallerAudio } from '../../tools/carrier/media/caller-audio.js';
import { THEIR_NUMBER } from '../support/gateway.js';
import { SilentLog } from '../support/ledger-builders.js';
import { REALTIME_KEY, RealtimeServer, type RealtimePeer } from '../support/realtime-server.js';
import { StreamBench } from '../support/streams.js';
import { mulawFrames, speech } from '../support/test-signals.js';
import { LONG } from '../support/patience.js';
import { heldSounds } from '../support/held-sounds.js';

const INSTRUCTIONS = 'Be kind.';
const WAIT = 'patchbay:question.wav';
const WRONG_KEY = 'sk-wrong-9876543210-secret';

const numberOf = (index: number): string => `#${String(index).padStart(5, '0')}`;
/** The numbers of the frames in the audio. */
const numbersIn = (audio: Buffer): number[] =>
  [...audio.toString('latin1').matchAll(/#(\d{5})/g)].map(([, number]) => Number(number));

/** Everything a gateway logs from here on. */
function logOf(bench: StreamBench): string[] {
  const lines: string[] = [];
  const log = new PinoLog('debug', {
    destination: { write: (line) => void lines.push(line) },
  });
  Object.assign(bench.gateway.service.app.get(Log), log);
  return lines;
}

describe('the agent openai-realtime', () => {
  let server: RealtimeServer;
  let bench: StreamBench;
  let base = '';
  let logged: string[] = [];

  beforeAll(async () => {
    server = new RealtimeServer();
    base = await server.listen();
    bench = await StreamBench.start({
      carrier: { behaviour: {} },
      env: { OPENAI_API_KEY: REALTIME_KEY, OPENAI_BASE_URL: base },
    });
    logged = logOf(bench);
  });
  afterAll(async () => {
    await bench.stop();
    const mistakes = server.peers.flatMap((peer) => peer.mistakes);
    await server.close();
    expect(mistakes).toEqual([]);
    expect(logged.join()).toContain('agent.failed');
    expect(logged.join()).not.toContain(REALTIME_KEY);
  });
  beforeEach(() => {
    server.hearsSpeech = false;
    server.lastsMs = 60 * 60_000;
    bench.gateway.carrier.behave(null, { audio: 'silence' });
  });

  agentAcceptance({
    create: () =>
      new OpenAiRealtimeAgent(
        new OpenAiSettings({ apiKey: REALTIME_KEY, baseUrl: base }),
        heldSounds(),
        new SilentLog(),
      ),
    options: { instructions: INSTRUCTIONS },
    badOptions: [
      {},
      { instructions: '' },
      { instructions: 'x', turn_detection: 'mine' },
      { instructions: 'x', vad_threshold: 1.1 },
      { instructions: 'x', temperature: 2 },
      { instructions: 'x', turn_detection: 'semantic_vad', vad_threshold: 0.5 },
      { instructions: 'x', tools: [{ name: 'hang_up', description: 'mine' }] },
      { instructions: 'x', tools: [{ name: 'with space', description: 'mine' }] },
      { instructions: 'x', tools: [{ name: 'a', description: 'x', parameters: {} }] },
    ],
  });

  const place = async (at: StreamBench, options: Record<string, unknown> = {}, more = {}) => {
    const made = await at.api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: 'talk',
      agent: 'openai-realtime',
      agent_options: { instructions: INSTRUCTIONS, ...options },
      ...more,
    });
    expect(made.status).toBe(201);
    return at.api.place({ to: THEIR_NUMBER, workflow_id: made.body.workflow_id });
  };
  const call = async (options: Record<string, unknown> = {}, more = {}) => {
    const before = server.peers.length;
    const placed = await place(bench, options, more);
    const phone = await bench.gateway.carrier.waitForCall(
      (one) => one.sid === placed.provider_call_id,
    );
    const stream = await phone.streamStarted;
    await bench.until(() => (server.peers[before]?.events.length ?? 0) > 0);
    const peer = server.peers[before] as RealtimePeer;
    return { phone, stream, peer, runId: placed.workflow_run_id };
  };
  const end = (runId: number, at = bench) =>
    at.api.until(runId, ({ ended_at: ended }) => ended !== null, 15_000);
  const bytesOf = (audio: Buffer, value: number): number =>
    audio.filter((byte) => byte === value).length;
  const median = (numbers: number[]): number =>
    numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

  it('greets, and is heard', async () => {
    const { phone, peer } = await call({ greeting: 'Say hello.' });
    await bench.until(() => peer.of('response.create').length === 1);
    peer.say(500, 7);
    peer.finish();
    await bench.until(() => bytesOf(phone.heardAudio, 7) === 4_000);
    phone.hangUp();
    await bench.until(() => peer.closeCode === 1000);
  });

  it('hears the caller, and its reply is heard', async () => {
    // A third of a second of speech, then silence.
    const brief: CallerAudio = {
      frame: (index) => Buffer.alloc(160, index >= 20 && index < 36 ? index : 0xff),
    };
    bench.gateway.carrier.behave(null, { audio: brief });
    server.hearsSpeech = true;
    const { phone, peer } = await call();
    await bench.until(() => peer.active !== null);
    peer.say(600, 8);
    peer.finish();
    await bench.until(() => bytesOf(phone.heardAudio, 8) === 4_800);
    for (let value = 20; value < 36; value += 1) expect(bytesOf(peer.heard, value)).toBe(160);
    const said = Buffer.concat([...phone.sentFrames]);
    expect(said.indexOf(peer.heard.subarray(0, 4_800))).toBeGreaterThanOrEqual(0);
    phone.hangUp();
  });

  it('is interrupted by the caller, and the model learns how much was heard: within 40 ms', async () => {
    const { phone, stream, peer } = await call();
    const errors: number[] = [];
    for (let round = 1; round <= 5; round += 1) {
      const item = peer.say(4_000, round, false);
      const response = peer.active;
      // The rest of it is on its way already.
      peer.onEvent = ({ type }) => {
        if (type === 'response.cancel') peer.delta(item, 100, 99, response);
      };
      await bench.until(() => bytesOf(phone.heardAudio, round) > 0);
      await sleep(250 + round * 31);
      peer.callerBegins();
      await bench.until(() => peer.truncations.length === round && stream.bufferedBytes === 0);
      await sleep(60);
      peer.callerEnds();
      const told = peer.truncations[round - 1];
      expect(told).toMatchObject({ item_id: item, content_index: 0 });
      errors.push(Math.abs((told?.audio_end_ms ?? 0) - bytesOf(phone.heardAudio, round) / 8));
    }
    // The median: one round may have been held up by the machine.
    if (LONG) expect(median(errors)).toBeLessThanOrEqual(40);
    expect(bytesOf(phone.heardAudio, 99)).toBe(0);
    expect(peer.of('response.cancel')).toHaveLength(5);
    phone.hangUp();
  });

  it('talked over in a workflow with barge_in, it need not wait for the server to notice', async () => {
    let quiet = true;
    const voice = mulawFrames(speech({ ms: 2_000, dbov: -18 }));
    let spoken = 0;
    bench.gateway.carrier.behave(null, {
      audio: { frame: () => (quiet ? undefined : voice[spoken++]) ?? SILENT_FRAME },
    });
    const { phone, peer } = await call({}, { barge_in: true });
    const item = peer.say(8_000, 6);
    peer.finish();
    await bench.until(() => bytesOf(phone.heardAudio, 6) > 4_000);
    quiet = false;
    await bench.until(() => peer.truncations.length === 1);
    await sleep(60);
    const [told] = peer.truncations;
    expect(told).toMatchObject({ item_id: item, content_index: 0 });
    const truth = bytesOf(phone.heardAudio, 6) / 8;
    if (LONG) expect(Math.abs((told?.audio_end_ms ?? 0) - truth)).toBeLessThanOrEqual(40);
    // The server notices, too: nothing more is to be told.
    peer.callerBegins();
    await sleep(50);
    expect(peer.truncations).toHaveLength(1);
    phone.hangUp();
  });

  it('stores what its tools find out, answers each once, and hangs up when it is told to', async () => {
    const { phone, peer, runId } = await call({
      tools: [{ name: 'order', description: 'The order.', parameters: { type: 'object' } }],
    });
    peer.use('order', 'call_1', { id: 7 });
    peer.use('order', 'call_1', { id: 7 });
    peer.use('set_facts', 'call_2', { mood: 'good' });
    peer.use('nonsense', 'call_3', {});
    peer.finish();
    await bench.until(() => peer.of('response.create').length === 1);
    expect(peer.outputs.map(({ callId }) => callId)).toEqual(['call_1', 'call_2', 'call_3']);
    peer.use('set_facts', 'call_4', { long: 'x'.repeat(20_000) });
    await bench.until(() => peer.outputs.length === 4);
    expect(peer.outputs[3]).toMatchObject({ output: { ok: false } });
    peer.say(400, 5);
    peer.use('hang_up', 'call_5', {});
    peer.finish();
    expect(await phone.ended).toBe('completed');
    expect(bytesOf(phone.heardAudio, 5)).toBe(3_200);
    expect(await end(runId)).toMatchObject({
      end_reason: 'agent_hangup',
      facts: { order: { id: 7 }, mood: 'good' },
    });
  });

  it('goes on in a new session when the one before is cut, until there can be none: agent_failed, and why', async () => {
    const { peer, phone, runId } = await call();
    peer.say(500, 3);
    const before = server.peers.length;
    peer.socket.terminate();
    await bench.until(() => (server.peers[before]?.of('session.update').length ?? 0) > 0);
    const next = server.peers[before];
    next?.say(200, 6);
    // What was being said is heard to its end, and then what the new session says.
    await bench.until(() => bytesOf(phone.heardAudio, 6) === 1_600);
    expect(bytesOf(phone.heardAudio, 3)).toBe(4_000);
    next?.send({ type: 'error', error: { type: 'x', code: 'insufficient_quota' } });
    const ended = await end(runId);
    expect(ended.end_reason).toBe('agent_failed');
    const told = ended.events.filter(({ type }) => type === 'agent').map(({ detail }) => detail);
    expect(told).toMatchObject([
      { agent: 'session_renewed', reason: expect.stringContaining('closed the session') },
      { agent: 'failed', reason: expect.stringContaining('insufficient_quota') },
    ]);
  });

  it('a session that will end is renewed at a pause, and all that the caller says is heard', async () => {
    // Each frame says which one it is.
    const numbered: CallerAudio = {
      frame: (index) => Buffer.alloc(160, 0xff).fill(Buffer.from(numberOf(index)), 0, 6),
    };
    bench.gateway.carrier.behave(null, { audio: numbered });
    server.lastsMs = 6_000;
    const { peer, phone, runId } = await call();
    server.lastsMs = 60 * 60_000;
    const before = server.peers.length;
    const item = peer.say(1_000, 3);
    const delta = 'Good morning.';
    peer.send({ type: 'response.output_audio_transcript.delta', item_id: item, delta });
    peer.finish();
    await bench.until(() => peer.closeCode !== null);
    const next = server.peers[before] as RealtimePeer;
    expect([peer.closeCode, server.peers.length]).toEqual([1_000, before + 1]);
    await bench.until(() => next.texts.size > 0);
    expect([...next.texts.values()]).toEqual(['assistant: Good morning.']);
    expect(next.of('response.create')).toEqual([]);
    const toNext = next.heard.length;
    await bench.until(() => next.heard.length > toNext + 20 * 160);
    const heard = [...numbersIn(peer.heard), ...numbersIn(next.heard)].sort((a, b) => a - b);
    const first = heard[0] ?? 0;
    const all = Array.from({ length: (heard.at(-1) ?? 0) - first + 1 }, (_, at) => first + at);
    expect([...new Set(heard)]).toEqual(all);
    expect(bytesOf(phone.heardAudio, 3)).toBe(8_000);
    phone.hangUp();
    const { events } = await end(runId);
    const told = events.filter(({ type }) => type === 'agent').map(({ detail }) => detail);
    expect(told).toMatchObject([
      { agent: 'session_renewed', reason: 'it would have ended soon', gap_ms: 0 },
    ]);
  });

  it('a caller who waits for the model hears a sound, and then the answer', async () => {
    const { phone, peer } = await call({}, { on_wait: { sound: WAIT } });
    peer.callerBegins();
    peer.callerEnds();
    const sound = await mulawOf(await readFile(join('sounds', 'question.wav')));
    await bench.until(() => phone.heardAudio.includes(sound.subarray(800, 4_000)));
    peer.say(600, 8);
    peer.finish();
    await bench.until(() => bytesOf(phone.heardAudio.subarray(-4_800), 8) === 4_800);
    expect([peer.truncations, peer.of('response.cancel')]).toEqual([[], []]);
    phone.hangUp();
  });

  it('a sound that does not exist is refused when the workflow is saved', async () => {
    const refused = await bench.api.request('POST', '/workflows', {
      name: 'talk',
      agent: 'openai-realtime',
      agent_options: { instructions: INSTRUCTIONS },
      on_wait: { sound: 'gone.wav' },
    });
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain('there is no sound \\"gone.wav\\"');
  });

  it('a sentence that the agent cannot say is refused, also where the agent is changed', async () => {
    interface Refused {
      workflow_id: number;
      errors: Array<{ field: string; message: string }>;
    }
    const talk = { agent: 'openai-realtime', agent_options: { instructions: INSTRUCTIONS } };
    const on_wait = 'One moment.';
    const post = (body: object) => bench.api.request<Refused>('POST', '/workflows', body);
    const refused = await post({ name: 'talk', ...talk, on_wait });
    const echo = await post({ name: 'echo', agent: 'echo', on_wait });
    expect(echo.status).toBe(201);
    const path = `/workflows/${echo.body.workflow_id}`;
    const changed = await bench.api.request<Refused>('PATCH', path, talk);
    for (const { status, body } of [refused, changed]) {
      expect([status, body.errors.map(({ field }) => field)]).toEqual([400, ['on_wait']]);
      expect(body.errors[0]?.message).toContain('must be {"sound": "name.wav"}');
    }
    const both = await bench.api.request('PATCH', path, { ...talk, on_wait: { sound: WAIT } });
    expect(both.status).toBe(200);
    const text = await bench.api.request<Refused>('PATCH', path, { on_wait });
    expect([text.status, text.body.errors.map(({ field }) => field)]).toEqual([400, ['on_wait']]);
  });

  it('what the server sends may be anything: other calls go on', async () => {
    const [one, other] = [await call(), await call()];
    one.peer.socket.send('{"type":"response.output_audio.delta","item_id":"x","delta":5}');
    one.peer.socket.send(Buffer.alloc(5 * 1024 * 1024, 0x20));
    await bench.api.until(one.runId, ({ events }) =>
      events.some(({ detail }) => detail['agent'] === 'session_renewed'),
    );
    one.phone.hangUp();
    other.peer.say(200, 4);
    await bench.until(() => bytesOf(other.phone.heardAudio, 4) === 1_600);
    other.phone.hangUp();
  });

  it.each(['http', 'event'] as const)(
    'a key that is refused by %s ends the call as agent_failed, and is never shown',
    async (how) => {
      const other = new RealtimeServer();
      other.refusesBy = how;
      const wrong = await StreamBench.start({
        carrier: { behaviour: {} },
        env: { OPENAI_API_KEY: WRONG_KEY, OPENAI_BASE_URL: await other.listen() },
      });
      const lines = logOf(wrong);
      const { workflow_run_id: runId } = await place(wrong);
      const ended = await end(runId, wrong);
      expect(ended.end_reason).toBe('agent_failed');
      const reason = ended.events.find(({ type }) => type === 'agent')?.detail['reason'];
      expect(reason).toContain(how === 'http' ? 'HTTP 401' : 'invalid_api_key');
      expect(other.handshakes).toHaveLength(1);
      expect(lines.join()).toContain('agent.failed');
      expect(JSON.stringify(ended) + lines.join()).not.toContain('sk-wrong');
      await wrong.stop();
      await other.close();
    },
  );

  it('cannot be chosen without a key', async () => {
    const without = await StreamBench.start();
    const refused = await without.api.request('POST', '/workflows', {
      name: 'talk',
      agent: 'openai-realtime',
      agent_options: { instructions: INSTRUCTIONS },
    });
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain('OPENAI_API_KEY is not set');
    await without.stop();
  });
});
