import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeMulaw } from '../../src/audio/mulaw.js';
import { wavOf } from '../../src/audio/wav.js';
import type { CallBehaviour } from '../../tools/carrier/calls/call-behaviour.js';
import type { SimulatedCall } from '../../tools/carrier/calls/simulated-call.js';
import { Api, type CallJson } from '../support/api.js';
import { keysIn } from '../support/dtmf-keys.js';
import { startGateway, THEIR_NUMBER, type Gateway } from '../support/gateway.js';
import { until } from '../support/patience.js';

/** Half a second of a pitch that nothing else here has. */
const SOUND = Int16Array.from({ length: 4_000 }, (_, at) =>
  Math.round(9_000 * Math.sin((2 * Math.PI * 500 * at) / 8_000)),
);

describe('keys that are pressed, and machines that answer', () => {
  let directory = '';
  let gateway: Gateway;
  let api: Api;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'patchbay-sounds-'));
    await writeFile(join(directory, 'message.wav'), wavOf(SOUND));
    gateway = await startGateway({ env: { MEDIA_DIR: directory } });
    api = new Api(gateway);
  });
  afterAll(async () => {
    await gateway?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** A call with its stream live at both ends. */
  const live = async (body: Record<string, unknown> = {}, behaviour: CallBehaviour = {}) => {
    gateway.carrier.behave(THEIR_NUMBER, { ringMs: 10, audio: 'silence', ...behaviour });
    const placed = await api.place({ to: THEIR_NUMBER, ...body });
    const call = await gateway.carrier.waitForCall((one) => one.sid === placed.provider_call_id);
    await call.streamStarted;
    return { runId: placed.workflow_run_id, call };
  };
  const press = (runId: number, digits: unknown, key = api) =>
    key.request<CallJson & { code: string }>('POST', `/telephony/calls/${runId}/digits`, {
      digits,
    });
  const machineSteps = ({ events }: CallJson): unknown[] =>
    events.filter(({ type }) => type === 'machine').map(({ detail }) => detail['on_machine']);
  /** A workflow of the silent menu, with what it has for machines. */
  const workflowWith = async (on_machine: unknown): Promise<number> => {
    const options = {
      start: 'wait',
      steps: { wait: { keys: { 1: 'wait' }, timeout_seconds: 60 } },
    };
    const body = { name: 'Outbound', agent: 'menu', agent_options: options, on_machine };
    const made = await api.request<{ workflow_id: number; on_machine: unknown }>(
      'POST',
      '/workflows',
      body,
    );
    expect(made.body.on_machine).toEqual(on_machine);
    return made.body.workflow_id;
  };

  it('are heard by the other side as tones, and are in the timeline without saying which', async () => {
    const { runId, call } = await live({ workflow_id: await workflowWith('ignore') });
    await api.until(runId, (one) => one.streaming);
    const reply = await press(runId, '12w3#');
    expect([reply.status, reply.body.workflow_run_id]).toEqual([202, runId]);
    await until(() => keysIn(call.heardAudio).length === 4);
    expect(keysIn(call.heardAudio)).toBe('123#');
    const told = await api.until(runId, ({ events }) =>
      events.some((one) => one.type === 'digits'),
    );
    const digits = told.events.find(({ type }) => type === 'digits');
    expect(digits).toMatchObject({
      source: 'api',
      status: null,
      detail: { by: 'api', count: 5, outcome: 'sent' },
    });
    call.hangUp();
    await call.settled;
    const after = await press(runId, '1');
    expect([after.status, after.body.code]).toEqual([409, 'conflict']);
    expect(gateway.carrier.violations).toEqual([]);
  });

  it('are refused where they are none, and on calls of others', async () => {
    const { runId, call } = await live();
    for (const digits of ['', 'x', '1 2', 'a', '1'.repeat(33), 7, undefined]) {
      expect((await press(runId, digits)).status).toBe(400);
    }
    const user = await api.request<{ user_id: number }>('POST', '/users', { name: 'other' });
    const { body } = await api.request<{ key: string }>(
      'POST',
      `/users/${user.body.user_id}/keys`,
      {},
    );
    expect((await press(runId, '1', new Api(gateway, body.key))).status).toBe(404);
    expect((await press(runId, '1', new Api(gateway, null))).status).toBe(401);
    call.hangUp();
    await call.settled;
  });

  it('a machine is hung up on, where the workflow says so', async () => {
    const workflow_id = await workflowWith('hang_up');
    const { runId, call } = await live(
      { workflow_id, machine_detection: 'enable' },
      { answeredBy: 'machine_start' },
    );
    await call.settled;
    const over = await api.until(runId, ({ status }) => status === 'completed');
    expect(over).toMatchObject({ end_reason: 'agent_hangup', answered_by: 'machine_start' });
    expect(machineSteps(over)).toEqual([undefined, 'hung_up']);
  });

  it('a human is not, and nobody is where nothing was detected', async () => {
    const workflow_id = await workflowWith('hang_up');
    const { runId, call } = await live({ workflow_id, machine_detection: 'enable' });
    await api.until(runId, ({ answered_by }) => answered_by === 'human');
    expect((await press(runId, '1')).status).toBe(202);
    call.hangUp();
    await call.settled;
  });

  it('a sound is left after the beep, whole, and then the call is hung up', async () => {
    const workflow_id = await workflowWith({ leave_message: { sound: 'message.wav' } });
    const { runId, call } = await live(
      { workflow_id, machine_detection: 'detect_message_end' },
      { answeredBy: 'machine_end_beep' },
    );
    await call.settled;
    expect(call.heardAudio).toEqual(encodeMulaw(SOUND));
    const over = await api.until(runId, ({ status }) => status === 'completed');
    expect(over).toMatchObject({ end_reason: 'agent_hangup', answered_by: 'machine_end_beep' });
    expect(machineSteps(over)).toEqual([undefined, 'message_begun', 'message_left']);
  });

  it('a sentence is said by the carrier, to its end, and then the call is over', async () => {
    const workflow_id = await workflowWith({ leave_message: 'Please call us back.' });
    const { runId, call } = await live(
      { workflow_id, machine_detection: 'detect_message_end' },
      { answeredBy: 'machine_end_silence' },
    );
    await call.settled;
    expect(spokenBy(call)).toEqual(['Please call us back.']);
    const over = await api.until(runId, ({ status }) => status === 'completed');
    expect(over.end_reason).toBe('agent_hangup');
    expect(machineSteps(over)).toEqual([undefined, 'message_begun']);
    expect(gateway.carrier.violations).toEqual([]);
  });

  it.each([
    [{ leave_message: { sound: 'gone.wav' } }],
    [{ leave_message: { sound: '../secret.wav' } }],
    [{ leave_message: '' }],
    [{ leave_message: 'two\nlines' }],
    [{ leave_message: 'x'.repeat(501) }],
    [{ leave_message: { sound: 'message.wav', loud: true } }],
    [{ hang_up: true }],
    ['hangup'],
    [null],
    [[]],
  ])('a workflow cannot have %j for machines', async (on_machine) => {
    const reply = await api.request<{ errors: Array<{ field: string }> }>('PATCH', '/workflows/1', {
      on_machine,
    });
    expect([reply.status, reply.body.errors.map(({ field }) => field)]).toEqual([
      400,
      ['on_machine'],
    ]);
  });
});

function spokenBy({ spoken }: SimulatedCall): string[] {
  return spoken;
}
