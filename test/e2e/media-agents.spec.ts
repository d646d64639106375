import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AgentCall, AgentSession } from '../../src/agents/agent.js';
import { Database } from '../../src/database/database.js';
import type { CallJson } from '../support/api.js';
import { THEIR_NUMBER } from '../support/gateway.js';
import { HANGUP } from '../support/signed-request.js';
import { frame, StreamBench, streamsOf, witnessed, type Script } from '../support/streams.js';
import { expectQuick } from '../support/patience.js';

const SORRY = 'Sorry, we have a problem. Please call again later.';
const fail = () => {
  throw new Error('broken on purpose');
};

describe('an agent on a real call', () => {
  let bench: StreamBench;

  beforeAll(async () => {
    bench = await StreamBench.start({ carrier: { behaviour: {}, sayMsPerCharacter: 5 } });
  });
  afterAll(() => bench.stop());

  const run = async (script: Script, more: Record<string, unknown> = {}) => {
    const { witness, answer } = witnessed(script);
    const workflow = await bench.workflow(answer, more);
    const startedAt = Date.now();
    const placed = await bench.api.place({ to: THEIR_NUMBER, workflow_id: workflow });
    const { carrier } = bench.gateway;
    const call = await carrier.waitForCall((one) => one.sid === placed.provider_call_id);
    return { witness, call, runId: placed.workflow_run_id, startedAt };
  };
  const finished = (runId: number): Promise<CallJson> =>
    bench.api.until(runId, ({ status }) => status === 'completed');

  describe('that passes the call on', () => {
    const passing = (to: () => number, told: boolean[]): Script => {
      let isAsked = false;
      return {
        onAudio: (call) => {
          if (isAsked) return;
          isAsked = true;
          void call.passOn(to()).then((isPassed) => {
            told.push(isPassed);
            if (!isPassed) call.hangUp();
          });
        },
      };
    };
    const agentEvents = async (runId: number) =>
      (await bench.api.call(runId)).events
        .filter(({ type }) => type === 'agent')
        .map(({ detail }) => detail);

    it('to another workflow: its agent goes on, on the same stream, and the facts stay', async () => {
      const told: boolean[] = [];
      const last = witnessed({
        answer: (call) => call.setFacts({ second: true }),
        onAudio: (call) => call.hangUp(),
      });
      const next = await bench.workflow(last.answer);
      const { call, runId, witness } = await run({
        ...passing(() => next, told),
        answer: (line) => line.setFacts({ first: true }),
      });
      expect(await call.ended).toBe('completed');
      await call.settled;
      expect(await finished(runId)).toMatchObject({
        end_reason: 'agent_hangup',
        facts: { first: true, second: true },
      });
      expect(told).toEqual([true]);
      expect([witness.answers, witness.ends, last.witness.answers]).toEqual([1, 1, 1]);
      expect(call.streams).toHaveLength(1);
      expect(await agentEvents(runId)).toMatchObject([
        { agent: 'passed_on', to_workflow_id: next, generation: 1 },
      ]);
    });

    it('listens and lets the caller wait as that workflow says', async () => {
      let heard: AgentCall['onWait'] = null;
      const last = witnessed({
        answer: (line) => (heard = line.onWait),
        onAudio: (line) => line.hangUp(),
      });
      const fields = { turn_silence_ms: 900, on_wait: 'One moment.' };
      const next = await bench.workflow(last.answer, fields);
      const { call, runId } = await run(
        passing(() => next, []),
        { turn_silence_ms: 700 },
      );
      await call.ended;
      await finished(runId);
      expect(heard).toEqual({ text: 'One moment.' });
      const database = bench.gateway.service.app.get(Database);
      const row = await database.read((db) =>
        db.selectFrom('runs').selectAll().where('run_id', '=', runId).executeTakeFirst(),
      );
      expect(row).toMatchObject({ turn_silence_ms: 900 });
    });

    it('to a workflow that is not there: the call stays, and the timeline says why', async () => {
      const told: boolean[] = [];
      const { call, runId } = await run(passing(() => 999_999, told));
      expect(await call.ended).toBe('completed');
      await finished(runId);
      expect(told).toEqual([false]);
      expect(await agentEvents(runId)).toMatchObject([
        { agent: 'not_passed_on', to_workflow_id: 999_999, reason: 'no_such_workflow' },
      ]);
    });

    it('in a circle comes to an end', async () => {
      let own = 0;
      const refused: boolean[] = [];
      const answer = (call: AgentCall): AgentSession => {
        let isAsked = false;
        return {
          onAudio: () => {
            if (isAsked) return;
            isAsked = true;
            void call.passOn(own).then((isPassed) => {
              if (isPassed) return;
              refused.push(true);
              call.hangUp();
            });
          },
        };
      };
      own = await bench.workflow(answer);
      const placed = await bench.api.place({ to: THEIR_NUMBER, workflow_id: own });
      await finished(placed.workflow_run_id);
      const told = await agentEvents(placed.workflow_run_id);
      expect(told.filter(({ agent }) => agent === 'passed_on')).toHaveLength(50);
      expect(told.at(-1)).toMatchObject({ agent: 'not_passed_on', reason: 'too_often' });
      expect(refused).toEqual([true]);
    });
  });

  const FAILURES: Array<[string, Script]> = [
    ['when it answers', { answer: fail }],
    ['while it listens', { onAudio: fail }],
    ['after half a second', { onAudio: (_, audio) => count(audio) }],
  ];
  let frames = 0;
  const count = (audio: Buffer) => {
    frames += audio.length / 160;
    if (frames > 25) fail();
  };

  describe.each(FAILURES)('that fails %s', (_, script) => {
    it('with nothing to say: the call is hung up as agent_failed', async () => {
      frames = 0;
      const { call, runId, startedAt, witness } = await run(script);
      expect(await call.ended).toBe('completed');
      expectQuick(Date.now() - startedAt, 5_000);
      await call.settled;
      expect(call.spoken).toEqual([]);
      expect(await finished(runId)).toMatchObject({ end_reason: 'agent_failed' });
      expect(witness.answers).toBe(1);
      expect(streamsOf(await bench.api.call(runId))).toMatchObject([
        { stream: 'started' },
        { stream: 'ended', cause: 'agent-failed', code: 1011 },
      ]);
    });

    it('with a sentence to say: the caller hears it, once, and then it is hung up', async () => {
      frames = 0;
      const { call, runId, witness } = await run(script, { on_failure: SORRY });
      expect(await call.ended).toBe('completed');
      await call.settled;
      expect(call.spoken).toEqual([SORRY]);
      expect(await finished(runId)).toMatchObject({ end_reason: 'agent_failed' });
      expect(witness.answers).toBe(1);
      expect(call.streams).toHaveLength(1);
    });
  });

  it.each([
    ['never answers', 'in time', { answer: () => new Promise(() => undefined) }],
    ['finishes nothing', 'stalls', { onAudio: () => new Promise(() => undefined) }],
  ] as Array<[string, string, Script]>)(
    'that %s: after ten seconds 1011, the sentence, and the reason in the ledger',
    async (_, why, script) => {
      const { call, runId, startedAt } = await run(script, { on_failure: SORRY });
      const other = await run({});
      expect(await call.ended).toBe('completed');
      expect(Date.now() - startedAt).toBeGreaterThan(9_500);
      expectQuick(Date.now() - startedAt, 15_000);
      expect(call.spoken).toEqual([SORRY]);
      const ended = await finished(runId);
      expect(ended).toMatchObject({ end_reason: 'agent_failed' });
      expect(streamsOf(ended).at(-1)).toMatchObject({ cause: 'agent-failed', code: 1011 });
      expect(ended.events.find(({ type }) => type === 'agent')?.detail).toMatchObject({
        reason: expect.stringContaining(why),
      });
      expect(other.call.compareEcho().fraction).toBeGreaterThanOrEqual(0.99);
      other.call.hangUp();
      await finished(other.runId);
    },
  );

  it('that hangs up: the carrier closes, action gets Hangup, and no silence follows', async () => {
    let hungUpAt = 0;
    const { call, runId, witness } = await run({
      onAudio: (agentCall, audio) => {
        agentCall.sendAudio(audio);
        if (witness.heard.length < 25) return;
        hungUpAt = Date.now();
        agentCall.hangUp();
      },
    });
    expect(await call.ended).toBe('completed');
    expectQuick(Date.now() - hungUpAt, 2_000);
    await call.settled;
    expect(await call.stream?.ended).toBe('stopped');
    const actions = call.webhooks.filter(({ kind }) => kind === 'action');
    expect(actions.map(({ body }) => body)).toEqual([HANGUP]);
    expect(await finished(runId)).toMatchObject({ end_reason: 'agent_hangup', streaming: false });
    expect(witness).toMatchObject({ answers: 1, ends: 1, aborts: 1 });
    expect(bench.gateway.carrier.violations).toEqual([]);
  });

  it('that hangs up at once, without a word', async () => {
    const { call, runId } = await run({ answer: (agentCall) => agentCall.hangUp() });
    expect(await call.ended).toBe('completed');
    expect(await finished(runId)).toMatchObject({ end_reason: 'agent_hangup' });
  });

  it('that takes its time to answer hears what was said meanwhile, in order', async () => {
    const { call, runId, witness } = await run({
      answer: () => new Promise((resolve) => setTimeout(resolve, 700)),
    });
    const stream = await call.streamStarted;
    await bench.until(() => witness.heard.length > 50);
    call.hangUp();
    await call.settled;
    await finished(runId);
    const said = stream.sentFrames.slice(0, witness.heard.length);
    expect(Buffer.concat(witness.heard).equals(Buffer.concat([...said]))).toBe(true);
    expect(call.compareEcho().fraction).toBeGreaterThanOrEqual(0.99);
  });

  it('learns what it may know of the call', async () => {
    const facts: unknown[] = [];
    const { call, runId } = await run({
      answer: (agentCall) => facts.push(agentCall.facts, agentCall.options),
    });
    await call.streamStarted;
    await bench.until(() => facts.length === 2);
    expect(facts).toMatchObject([
      {
        workflowRunId: runId,
        direction: 'outbound',
        to: THEIR_NUMBER,
        context: {},
        // Without our token.
        parameters: {},
      },
      {},
    ]);
    call.hangUp();
    await finished(runId);
  });

  it('speaks first, and at any length', async () => {
    const { call, runId } = await run({
      answer: (agentCall) => {
        agentCall.sendAudio(frame(0x20));
        agentCall.sendAudio(Buffer.alloc(0));
        agentCall.sendAudio(Buffer.alloc(8_000, 0x21));
        agentCall.sendAudio(Buffer.alloc(7, 0x22));
      },
      onAudio: () => undefined,
    });
    await call.streamStarted;
    const wanted = Buffer.concat([frame(0x20), Buffer.alloc(8_000, 0x21), Buffer.alloc(7, 0x22)]);
    await bench.until(() => call.heardAudio.length >= wanted.length);
    expect(call.heardAudio.equals(wanted)).toBe(true);
    call.hangUp();
    await finished(runId);
    expect(bench.gateway.carrier.violations).toEqual([]);
  });
});
