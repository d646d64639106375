import { describe, expect, it } from '@jest/globals';
import { fieldsOf, readOptions, valuesOf } from './options-form.js';

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
    parameters: { type: 'object' },
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
      ['parameters', 'json', false],
      ['numbers', 'list', false],
    ]);
    expect(FIELDS[3]?.hint).toBe('How often. 1 to 9. Left empty: 1.');
  });

  it('returns the options that it was given', () => {
    const options = {
      url: 'wss://bot',
      repeat: 3,
      hang_up: false,
      parameters: { a: 'b' },
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
    expect(readOptions(FIELDS, { parameters: '{' })).toEqual({
      kind: 'wrong',
      field: 'parameters',
      message: 'is not JSON',
    });
  });
});
