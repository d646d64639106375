import { describe, expect, it } from '@jest/globals';
import { addWords, fieldsOf, optionLabels, readOptions, valuesOf } from './options-form.js';

const FIELDS = fieldsOf({
  type: 'object',
  required: ['url'],
  properties: {
    url: { type: 'string', maxLength: 300 },
    prompt: { type: 'string', maxLength: 50_000 },
    auth_token: { type: 'string', writeOnly: true },
    repeat: { type: 'integer', minimum: 1, maximum: 9, default: 1, description: 'How often' },
    hang_up: { type: 'boolean', default: true },
    mode: { enum: ['a', 'b'] },
    anything: { type: 'object' },
    numbers: { type: 'array', items: { type: 'string' } },
  },
});

describe('the form of an agent’s options', () => {
  it('has a control of the right kind for each', () => {
    expect(FIELDS.map(({ name, kind, required }) => [name, kind, required])).toEqual([
      ['url', 'line', true],
      ['prompt', 'text', false],
      ['auth_token', 'secret', false],
      ['repeat', 'number', false],
      ['hang_up', 'boolean', false],
      ['mode', 'choice', false],
      ['anything', 'json', false],
      ['numbers', 'list', false],
    ]);
    expect(FIELDS[3]?.hint).toBe('How often. 1 to 9. Left empty: 1.');
  });

  it('returns the options that it was given', () => {
    const options = {
      url: 'wss://bot',
      repeat: 3,
      hang_up: false,
      anything: { a: 'b' },
      numbers: ['1', '2'],
    };
    expect(readOptions(FIELDS, valuesOf(FIELDS, options))).toEqual({ kind: 'options', options });
  });

  it('leaves out what is empty, such as a secret that is not shown', () => {
    const values = valuesOf(FIELDS, { url: 'wss://bot' });
    expect(values['auth_token']).toBe('');
    expect(readOptions(FIELDS, values)).toEqual({ kind: 'options', options: { url: 'wss://bot' } });
    expect(readOptions(FIELDS, { ...values, auth_token: 'new' })).toMatchObject({
      options: { auth_token: 'new' },
    });
  });

  it('takes a list by lines and by commas', () => {
    expect(readOptions(FIELDS, { numbers: ' +1,\n\n+2\n+3 ' })).toMatchObject({
      options: { numbers: ['+1', '+2', '+3'] },
    });
  });

  it('says which option is not JSON', () => {
    expect(readOptions(FIELDS, { anything: '{' })).toEqual({
      kind: 'wrong',
      field: 'anything',
      message: 'is not JSON',
    });
  });
});

const LISTS = fieldsOf({
  type: 'object',
  properties: {
    voice: { type: 'string', title: 'Voice', examples: ['marin', 'cedar'] },
    notes: { type: ['string', 'null'], default: 'short' },
    headers: { type: 'object', additionalProperties: { type: 'string' } },
    tools: {
      type: 'array',
      title: 'Tools',
      items: {
        type: 'object',
        title: 'Tool',
        required: ['name'],
        properties: {
          name: { type: 'string', title: 'Name' },
          parameters: {
            type: 'object',
            properties: { properties: { type: 'object' }, required: { type: 'array' } },
          },
          anything: { type: 'object' },
        },
      },
    },
  },
});

describe('a choice', () => {
  const CHOICES = fieldsOf({
    type: 'object',
    properties: {
      plain: { enum: ['a', 'b'] },
      end: {
        default: 'server_vad',
        oneOf: [
          { const: 'server_vad', title: 'By silence' },
          { const: 'semantic_vad', title: 'By what the caller says' },
          { const: 'none' },
        ],
      },
      rate: { oneOf: [{ const: 8_000, title: 'As on the telephone' }, { const: 16_000 }] },
      either: { oneOf: [{ type: 'string' }, { type: 'integer' }] },
    },
  });

  it('shows the titles of its values where they have some', () => {
    expect(CHOICES.map(({ kind }) => kind)).toEqual(['choice', 'choice', 'choice', 'json']);
    expect(CHOICES.map(({ choices }) => choices.map(({ title }) => title))).toEqual([
      ['a', 'b'],
      ['By silence', 'By what the caller says', 'none'],
      ['As on the telephone', '16000'],
      [],
    ]);
    expect(CHOICES[1]?.hint).toBe('Left empty: By silence.');
  });

  it('returns the value that was chosen, a number as a number', () => {
    const options = { plain: 'b', end: 'semantic_vad', rate: 16_000 };
    expect(valuesOf(CHOICES, options)).toMatchObject({ end: 'semantic_vad', rate: '16000' });
    expect(readOptions(CHOICES, valuesOf(CHOICES, options))).toEqual({ kind: 'options', options });
    expect(readOptions(CHOICES, { plain: 'gone' })).toMatchObject({ options: { plain: 'gone' } });
  });
});

describe('lists, objects and suggestions of an agent’s options', () => {
  it('have a control of their own, by the form of their schema', () => {
    expect(LISTS.map(({ label, kind }) => [label, kind])).toEqual([
      ['Voice', 'line'],
      ['Notes', 'line'],
      ['Headers', 'pairs'],
      ['Tools', 'entries'],
    ]);
    expect(LISTS[0]?.choices.map(({ text }) => text)).toEqual(['marin', 'cedar']);
    expect(LISTS[3]?.fields.map(({ name, kind, required }) => [name, kind, required])).toEqual([
      ['name', 'line', true],
      ['parameters', 'parameters', false],
      ['anything', 'json', false],
    ]);
    expect([addWords('Tool'), addWords('Entry')]).toEqual(['Add a tool', 'Add an entry']);
  });

  it('return what they were given, also what they do not show', () => {
    const options = {
      notes: null,
      headers: { 'x-team': 'sales', 'x-empty': '' },
      tools: [
        { name: 'book', timeout: 3 },
        { name: 'cancel', anything: [1] },
      ],
    };
    expect(readOptions(LISTS, valuesOf(LISTS, options))).toEqual({ kind: 'options', options });
    expect(readOptions(LISTS, valuesOf(LISTS, {}))).toEqual({ kind: 'options', options: {} });
  });

  it('say which one is wrong, by its number', () => {
    const tools = {
      others: {},
      rows: [1, 2].map(() => ({ values: { anything: '{' }, others: {} })),
    };
    expect(readOptions(LISTS, { tools })).toEqual({
      kind: 'wrong',
      field: 'tools.0.anything',
      message: 'is not JSON',
    });
    expect(optionLabels(LISTS, { tools })).toMatchObject({
      'agent_options.tools': 'Tools',
      'agent_options.tools.1.name': 'Name of tool 2',
    });
  });

  it('keep no name twice, since one of the two would be lost', () => {
    const row = (name: string) => ({ values: { name, value: 'x' }, others: {} });
    const headers = { others: {}, rows: [row('a'), row(' a')] };
    expect(readOptions(LISTS, { headers })).toMatchObject({
      kind: 'wrong',
      field: 'headers',
      message: 'has “a” more than once',
    });
  });
});
