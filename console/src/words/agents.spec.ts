import { describe, expect, it } from '@jest/globals';
import type { Agent, AgentNeed } from '../api/types.js';
import {
  agentWords,
  missingSettings,
  openNeeds,
  requiredOptions,
  workflowTrouble,
} from './agents.js';

const need = (setting: string, required: boolean, met: boolean): AgentNeed => {
  return { setting, required, met, purpose: 'It is for this.', steps: ['Set it.'] };
};
const agent = (name: string, needs: AgentNeed[]): Agent => ({
  name,
  description: 'It talks.',
  options_schema: {
    required: ['url'],
    properties: { url: { type: 'string', title: 'Address' }, note: { type: 'string' } },
  },
  ready: needs.every(({ met, required }) => met || !required),
  needs,
});

const MODEL = agent('model', [need('HOSTS', false, false), need('KEY', true, false)]);
const READY = agent('echo', [need('HOSTS', false, false), need('KEY', true, true)]);

describe('what an agent lacks', () => {
  it('begins with what no call can do without, and leaves out what is there', () => {
    expect(openNeeds(MODEL).map(({ setting }) => setting)).toEqual(['KEY', 'HOSTS']);
    expect(openNeeds(READY).map(({ setting }) => setting)).toEqual(['HOSTS']);
    expect(missingSettings(MODEL)).toEqual(['KEY']);
    expect(missingSettings(READY)).toEqual([]);
  });

  it('says whether it is ready, by word and shape', () => {
    expect(agentWords(READY)).toMatchObject({ text: 'ready', shape: '✓' });
    expect(agentWords(MODEL)).toMatchObject({ text: 'not ready', shape: '▲' });
  });

  it('is said of a workflow whose calls it would fail', () => {
    const agents = [MODEL, READY];
    expect(workflowTrouble({ agent: 'echo' }, agents)).toBeNull();
    expect(workflowTrouble({ agent: 'model' }, agents)).toBe(
      'No call is answered: KEY is not set.',
    );
    expect(workflowTrouble({ agent: 'gone' }, agents)).toContain('there is no agent “gone”');
    const two = agent('two', [need('A', true, false), need('B', true, false)]);
    expect(workflowTrouble({ agent: 'two' }, [two])).toBe(
      'No call is answered: A and B are not set.',
    );
  });

  it('is also what a workflow must say, in the words of the form', () => {
    expect(requiredOptions(MODEL)).toEqual(['Address']);
  });
});
