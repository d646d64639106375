import { describe, expect, test } from '@jest/globals';
import { AgentRegistry } from './agent-registry.js';
import { Agent, type AgentSession } from './agent.js';
import { EchoAgent } from './echo/echo.agent.js';

class Talker extends Agent {
  readonly description = 'Talks.';

  constructor(
    readonly name: string,
    readonly optionsSchema: Record<string, unknown> = {
      type: 'object',
      properties: {
        voice: { type: 'string', minLength: 1 },
        model: { type: 'object', properties: { heat: { type: 'number', maximum: 1 } } },
      },
      required: ['voice'],
      additionalProperties: false,
    },
  ) {
    super();
  }

  answer(): AgentSession {
    return { onAudio: () => undefined };
  }
}

describe('the agents that are plugged in', () => {
  test('are found by name, and listed in the order they were given', () => {
    const [echo, talker] = [new EchoAgent(), new Talker('talker')];
    const registry = new AgentRegistry([echo, talker]);
    expect(registry.find('talker')).toBe(talker);
    expect(registry.find('Talker')).toBeNull();
    expect(registry.find('constructor')).toBeNull();
    expect(registry.all()).toEqual([echo, talker]);
  });

  test('do not share a name', () => {
    expect(() => new AgentRegistry([new Talker('a'), new Talker('a')])).toThrow(
      'two agents are called "a"',
    );
  });

  test('do not start with a schema that is none', () => {
    expect(() => new AgentRegistry([new Talker('a', { type: 'nonsense' })])).toThrow('schema');
    expect(() => new AgentRegistry([new Talker('a', { typ: 'object' })])).toThrow('unknown');
  });
});

describe('an agent’s options', () => {
  const registry = new AgentRegistry([new EchoAgent(), new Talker('talker')]);

  test('that match its schema have no problem', async () => {
    expect(await registry.problemsWith('echo', {})).toEqual([]);
    expect(await registry.problemsWith('talker', { voice: 'Zoë', model: { heat: 0.5 } })).toEqual(
      [],
    );
  });

  test.each([
    ['echo', { loud: true }, ['must NOT have additional properties (loud)']],
    ['talker', {}, ["must have required property 'voice'"]],
    ['talker', { voice: 7 }, ['voice must be string']],
    ['talker', { voice: 'a', model: { heat: 2 } }, ['model.heat must be <= 1']],
    ['nobody', {}, ['there is no agent "nobody"']],
  ])('of %s, %j: %j', async (name, options, problems) => {
    expect(await registry.problemsWith(name, options)).toEqual(problems);
  });

  test('are all told at once', async () => {
    expect(await registry.problemsWith('talker', { voice: '', loud: true })).toHaveLength(2);
  });
});
