import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { AgentRegistry } from '../agent-registry.js';
import type { Agent } from '../agent.js';
import { resumptionTest, type ResumptionScript } from './resumption.js';
import { ScriptedCaller } from './scripted-caller.js';

/** Whose workflow has the options. */
const USER_ID = 1;

export interface AgentUnderTest {
  /** A fresh one; whatever it needs is up. */
  create: () => Agent;
  /** Options with which a call can be had. */
  options: Record<string, unknown>;
  /** Options that must be refused when a workflow is saved. */
  badOptions: Array<Record<string, unknown>>;
  /**
   * For an agent that resumes: a call from beginning to end, which is then moved at any moment of
   * it. Default: moves of an agent that is only listened to, in which what it says is not compared.
   */
  resumption?: ResumptionScript;
}

/** One thing that every agent must do, for any test runner: `test(title, run)`. */
export interface AcceptanceTest {
  title: string;
  /** Rejects with an AssertionError where the agent does not. */
  run: () => Promise<void>;
}

/**
 * What every agent must do, whatever it says. An agent's own tests run them
 * all; Patchbay's agents pass them too.
 */
export function acceptanceTests({
  create,
  options,
  badOptions,
  resumption,
}: AgentUnderTest): AcceptanceTest[] {
  const connect = async (agent = create()): Promise<ScriptedCaller> => {
    const caller = new ScriptedCaller(agent, { options });
    await caller.connect();
    return caller;
  };

  return [
    {
      title: 'has a name for workflows, and a sentence for people',
      run: async () => {
        const { name, description } = create();
        assert.match(name, /^[a-z0-9][a-z0-9-]{0,49}$/);
        assert.match(description, /^.{10,200}\.$/);
      },
    },
    {
      title: 'takes the options it says it takes, and no others',
      run: async () => {
        const agent = create();
        const registry = new AgentRegistry([agent]);
        assert.deepEqual(await registry.problemsWith(agent.name, options, USER_ID), []);
        for (const bad of [...badOptions, { ...options, 'never heard of': 1 }]) {
          const problems = await registry.problemsWith(agent.name, bad, USER_ID);
          assert.notDeepEqual(problems, [], `${JSON.stringify(bad)} is not refused`);
        }
      },
    },
    {
      title: 'bears whatever a caller does',
      run: async () => {
        const caller = await connect();
        await caller.listen(200);
        await caller.say(400);
        await caller.bargeIn();
        await caller.press('1*#0');
        await caller.listen(400);
        assert.notEqual(caller.ended, 'failed', String(caller.failure));
        await caller.hangUp();
      },
    },
    {
      title: 'has several calls at a time, each of its own',
      run: async () => {
        const agent = create();
        const callers = await Promise.all([connect(agent), connect(agent), connect(agent)]);
        await callers[0]?.hangUp();
        await callers[1]?.listen(300);
        assert.equal(callers[1]?.failure, null);
        await Promise.all(callers.map((caller) => caller.hangUp()));
      },
    },
    {
      title: 'is silent once the call is over, also when it ends at once',
      run: async () => {
        const early = new ScriptedCaller(create(), { options });
        const connecting = early.connect();
        await early.hangUp();
        await connecting;
        const late = await connect();
        await late.listen(300);
        await late.hangUp();
        await pause(100);
        assert.deepEqual(late.afterEnd, []);
        assert.deepEqual(early.afterEnd, []);
      },
    },
    resumptionTest({ create, options }, resumption ?? null),
  ];
}
