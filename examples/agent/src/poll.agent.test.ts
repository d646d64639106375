import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { acceptanceTests } from 'patchbay/agent/acceptance';
import { ScriptedCaller } from 'patchbay/agent/scripted-caller';
import PollAgent from './poll.agent.js';
import { tone } from './tone.js';

const create = () => new PollAgent({ log: console, env: {} });

/** A caller who has heard the first tone. */
async function asked(options: Record<string, unknown> = {}): Promise<ScriptedCaller> {
  const caller = new ScriptedCaller(create(), { options });
  await caller.connect();
  await caller.listen(1_000);
  return caller;
}

const heard = (caller: ScriptedCaller, from = 0): Buffer =>
  Buffer.concat(caller.heard).subarray(from);

void describe('as every agent', () => {
  const agent = {
    create,
    options: { keys: '123', seconds: 3 },
    badOptions: [{ keys: 'abc' }],
    // Had again and again, each time moved to another instance at another moment.
    resumption: { script: (caller: ScriptedCaller) => caller.listen(4_000) },
  };
  for (const { title, run } of acceptanceTests(agent)) void test(title, run);
});

void describe('poll', () => {
  void test('asks by a tone and takes a key', async () => {
    const caller = await asked();
    assert.deepEqual(heard(caller), tone(600, 400));
    await caller.press('2');
    await caller.listen(1_000);
    assert.equal(caller.ended, 'agent');
    assert.deepEqual(caller.facts, { answer: '2', after_ms: 1_000 });
    assert.deepEqual(heard(caller, tone(600, 400).length), tone(1_000, 400));
  });

  void test('goes on after a key that is none of the answers', async () => {
    const caller = await asked();
    await caller.press('9');
    await caller.listen(1_000);
    assert.equal(caller.ended, null);
    assert.deepEqual(heard(caller, tone(600, 400).length), tone(300, 400));
    await caller.press('1');
    await caller.listen(1_000);
    assert.deepEqual(caller.facts, { answer: '1', after_ms: 2_000 });
  });

  void test('gives up after its seconds', async () => {
    const caller = await asked({ seconds: 3 });
    await caller.listen(3_000);
    assert.equal(caller.ended, 'agent');
    assert.deepEqual(caller.facts, { answer: null, after_ms: 3_000 });
  });

  void test('is cut short by a key that comes early', async () => {
    const caller = new ScriptedCaller(create(), {});
    await caller.connect();
    await caller.listen(200);
    await caller.press('1');
    await caller.listen(1_000);
    assert.equal(heard(caller).length, tone(600, 200).length + tone(1_000, 400).length);
  });

  void test('waits no longer than its seconds when the call is moved meanwhile', async () => {
    const caller = await asked({ seconds: 3 });
    await caller.move({ to: create() });
    await caller.listen(2_000);
    assert.deepEqual(caller.facts, { answer: null, after_ms: 3_000 });
  });

  void test('asks again only if nothing was stored before a crash', async () => {
    const caller = await asked();
    await caller.crash({ to: create() });
    await caller.listen(500);
    assert.deepEqual(heard(caller, tone(600, 400).length), tone(600, 400));
  });
});
