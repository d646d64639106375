import { describe, expect, it } from '@jest/globals';
import { AgentRegistry } from '../agent-registry.js';
import type { Agent } from '../agent.js';
import { ScriptedCaller } from './scripted-caller.js';

export interface AgentUnderTest {
  /** A fresh one; whatever it needs is up. */
  create: () => Agent;
  /** Options with which a call can be had. */
  options: Record<string, unknown>;
  /** Options that must be refused when a workflow is saved. */
  badOptions: Array<Record<string, unknown>>;
}

/**
 * What every agent must do, whatever it says. An agent's own spec calls this
 * once; Patchbay's agents pass it too.
 */
export function agentAcceptance({ create, options, badOptions }: AgentUnderTest): void {
  const connect = async (agent = create()): Promise<ScriptedCaller> => {
    const caller = new ScriptedCaller(agent, { options });
    await caller.connect();
    return caller;
  };

  describe('as every agent', () => {
    it('has a name for workflows, and a sentence for people', () => {
      const { name, description } = create();
      expect(name).toMatch(/^[a-z0-9][a-z0-9-]{0,49}$/);
      expect(description).toMatch(/^.{10,200}\.$/);
    });

    it('takes the options it says it takes, and no others', async () => {
      const agent = create();
      const registry = new AgentRegistry([agent]);
      expect(await registry.problemsWith(agent.name, options)).toEqual([]);
      for (const bad of [...badOptions, { ...options, 'never heard of': 1 }]) {
        expect(await registry.problemsWith(agent.name, bad)).not.toEqual([]);
      }
    });

    it('bears whatever a caller does', async () => {
      const caller = await connect();
      await caller.listen(200);
      await caller.say(400);
      await caller.bargeIn();
      await caller.press('1*#0');
      await caller.listen(400);
      expect([caller.ended, caller.failure]).not.toContain('failed');
      await caller.hangUp();
    });

    it('has several calls at a time, each of its own', async () => {
      const agent = create();
      const callers = await Promise.all([connect(agent), connect(agent), connect(agent)]);
      await callers[0]?.hangUp();
      await callers[1]?.listen(300);
      expect(callers[1]?.failure).toBeNull();
      await Promise.all(callers.map((caller) => caller.hangUp()));
    });

    it('is silent once the call is over, also when it ends at once', async () => {
      const early = new ScriptedCaller(create(), { options });
      const connecting = early.connect();
      await early.hangUp();
      await connecting;
      const late = await connect();
      await late.listen(300);
      await late.hangUp();
      await new Promise((next) => setTimeout(next, 100));
      expect(late.afterEnd).toEqual([]);
      expect(early.afterEnd).toEqual([]);
    });
  });
}
