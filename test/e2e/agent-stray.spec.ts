import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SimulatedCarrier } from '../../tools/carrier/simulated-carrier.js';
import { Api } from '../support/api.js';
import { THEIR_NUMBER } from '../support/gateway.js';
import { KillableGateway } from '../support/killable-gateway.js';
import { sqliteStores, type TestStore } from '../support/stores.js';
import { streamsOf } from '../support/streams.js';
import { until } from '../support/patience.js';

const SORRY = 'Sorry, we have a problem.';
const STRAY_AGENTS = pathToFileURL(join(import.meta.dirname, '..', 'support', 'stray-agents.mjs'));

describe('an agent that breaks where nobody catches it', () => {
  let carrier: SimulatedCarrier;
  let gateway: KillableGateway;
  let store: TestStore;
  let api: Api;

  beforeAll(async () => {
    store = await sqliteStores.create();
    await store.database.close();
    ({ carrier, gateway } = await KillableGateway.besideCarrier(store, {
      env: { NODE_OPTIONS: `--import ${STRAY_AGENTS.href}` },
    }));
    await gateway.start();
    api = new Api(gateway);
  });
  afterAll(async () => {
    await gateway.kill();
    await carrier.stop();
    await store.remove();
  });

  const call = async (agent: string, options: Record<string, unknown> = {}) => {
    const { body } = await api.request<{ workflow_id: number }>('POST', '/workflows', {
      name: agent,
      agent,
      agent_options: options,
      on_failure: SORRY,
    });
    const placed = await api.place({ to: THEIR_NUMBER, workflow_id: body.workflow_id });
    const phone = await carrier.waitForCall((one) => one.sid === placed.provider_call_id);
    await phone.streamStarted;
    return { phone, runId: placed.workflow_run_id };
  };
  const goesOn = async (phone: Awaited<ReturnType<typeof call>>['phone']): Promise<void> => {
    const heard = phone.heardAudio.length;
    await until(() => phone.heardAudio.length >= heard + 8_000, 'the other call goes on');
    expect(phone.streams).toHaveLength(1);
  };

  it.each([
    ['in a timer', false],
    ['in a promise', false],
    ['on a connection', false],
    ['after an utterance', false],
    ['in a timer', true],
    ['in a promise', true],
  ])(
    '%s, begun while it listened: %s: its own call ends as agent_failed, with the sentence; the others go on',
    async (way, listening) => {
      const other = await call('echo');
      const broken = await call('stray', { way, listening });
      expect(await broken.phone.ended).toBe('completed');
      expect(broken.phone.spoken).toEqual([SORRY]);
      const ended = await api.until(broken.runId, ({ status }) => status === 'completed');
      expect(ended.end_reason).toBe('agent_failed');
      expect(streamsOf(ended).at(-1)).toMatchObject({ cause: 'agent-failed', code: 1011 });
      const reason = way === 'on a connection' ? 'ECONNREFUSED' : 'broken where nobody looks';
      expect(ended.events.find(({ type }) => type === 'agent')?.detail).toMatchObject({
        agent: 'failed',
        reason: expect.stringContaining(reason),
      });
      await goesOn(other.phone);
      other.phone.hangUp();
    },
  );

  it('in a promise, though it said that it begins nothing: nobody is harmed', async () => {
    const other = await call('echo');
    const broken = await call('foundling', { way: 'in a promise' });
    await sleep(500);
    await goesOn(other.phone);
    expect((await api.call(broken.runId)).status).toBe('answered');
    broken.phone.hangUp();
    other.phone.hangUp();
  });
});
