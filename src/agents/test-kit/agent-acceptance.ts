import { describe, it } from '@jest/globals';
import { acceptanceTests, type AgentUnderTest } from './acceptance.js';

/** What every agent must do, in a spec of this repository. */
export function agentAcceptance(agent: AgentUnderTest): void {
  describe('as every agent', () => {
    it.each(acceptanceTests(agent))('$title', ({ run }) => run());
  });
}
