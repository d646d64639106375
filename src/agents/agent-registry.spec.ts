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
    expect(await registry.problemsWith('echo', {}, 1)).toEqual([]);
    expect(
      await registry.problemsWith('talker', { voice: 'Zoë', model: { heat: 0.5 } }, 1),
    ).toEqual([]);
  });

  test.each([
    ['echo', { loud: true }, ['loud is not a known option']],
    ['talker', {}, ['voice is missing']],
    ['talker', { voice: 7 }, ['voice must be text']],
    ['talker', { voice: 'a', model: { heat: 2 } }, ['model.heat must be 1 at most']],
    ['nobody', {}, ['there is no agent "nobody"']],
  ])('of %s, %j: %j', async (name, options, problems) => {
    expect(await registry.problemsWith(name, options, 1)).toEqual(problems);
  });

  test('are all told at once', async () => {
    expect(await registry.problemsWith('talker', { voice: '', loud: true }, 1)).toHaveLength(2);
  });
});

describe('an option that is a choice with titles', () => {
  const end = {
    oneOf: [
      { const: 'server_vad', title: 'By silence' },
      { const: 'semantic_vad', title: 'By what the caller says' },
    ],
  };
  const registry = new AgentRegistry([
    new Talker('chooser', {
      type: 'object',
      properties: {
        end,
        ends: { type: 'array', items: end },
        either: { oneOf: [{ type: 'integer' }, { const: 'all' }] },
      },
    }),
  ]);

  test('takes its values', async () => {
    const options = { end: 'semantic_vad', ends: ['server_vad'], either: 'all' };
    expect(await registry.problemsWith('chooser', options, 1)).toEqual([]);
  });

  test('has one fault, which names its values', async () => {
    expect(await registry.problemsWith('chooser', { end: 'By silence' }, 1)).toEqual([
      'end must be one of server_vad, semantic_vad',
    ]);
    expect(await registry.problemsWith('chooser', { ends: ['server_vad', 1, ''] }, 1)).toEqual([
      'ends.1 must be one of server_vad, semantic_vad',
      'ends.2 must be one of server_vad, semantic_vad',
    ]);
  });

  test('is told from alternatives of other kinds', async () => {
    const problems = await registry.problemsWith('chooser', { either: true }, 1);
    expect(problems).toContain('either must be a whole number');
  });
});

describe('what an agent needs', () => {
  const KEY = {
    setting: 'KEY',
    required: true,
    met: false,
    purpose: 'To talk.',
    steps: ['Set it.'],
  };
  /** As an agent in plain JavaScript might answer. */
  const needsOf = (answer: () => unknown): unknown => {
    const talker = new Talker('talker');
    talker.needs = answer as Agent['needs'];
    return new AgentRegistry([talker]).needsOf('talker');
  };

  test('is told as the agent says it, without members that are not known', () => {
    expect(needsOf(() => [{ ...KEY, value: 'secret' }])).toEqual([KEY]);
  });

  test.each([
    [
      'a throw',
      () => {
        throw new Error('it cannot be said');
      },
    ],
    ['no list', () => ({})],
    ['no object', () => [null]],
    ['no steps', () => [{ ...KEY, steps: 'Set it.' }]],
    ['no words', () => [{ ...KEY, met: 'no' }]],
  ])('is nothing after %s', (_, answer) => {
    expect(needsOf(answer)).toEqual([]);
  });

  test('is nothing where it says nothing', () => {
    expect(new AgentRegistry([new EchoAgent()]).needsOf('echo')).toEqual([]);
  });
});

describe('an agent’s secrets', () => {
  const schema = {
    type: 'object',
    properties: {
      url: { type: 'string' },
      token: { type: 'string', writeOnly: true },
      note: { type: 'string', writeOnly: false },
    },
    additionalProperties: false,
  };
  const registry = new AgentRegistry([
    new Talker('closed', schema),
    new Talker('open', { ...schema, additionalProperties: true }),
  ]);
  const options = { url: 'wss://a', token: 't', note: 'n', once: 'a secret of an earlier release' };

  test.each([
    ['closed', ['url', 'note'], ['token']],
    ['open', ['url', 'note', 'once'], ['token']],
    ['not plugged in any more', [], []],
  ])('of %s: %j are shown, %j are kept through a change', (name, shown, kept) => {
    expect(Object.keys(registry.shownOf(name, options))).toEqual(shown);
    expect(Object.keys(registry.secretsOf(name, options))).toEqual(kept);
  });
});
