import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { NEW_PARAMETER, parametersOf, readParameters } from './parameters-form.js';

const kindsOf = (properties: Record<string, unknown>): unknown[] =>
  parametersOf({ type: 'object', properties }).rows.map(({ values }) => values['kind']);

describe('the arguments of a tool', () => {
  it('are rows, each of a kind that people know', () => {
    expect(
      kindsOf({
        a: { type: 'string' },
        b: { type: 'number', minimum: 3 },
        c: { type: 'integer' },
        d: { type: 'boolean' },
        e: { type: 'string', enum: ['x', 'y'] },
        f: { type: 'array', items: { type: 'string' } },
      }),
    ).toEqual(['text', 'number', 'integer', 'boolean', 'choice', 'list']);
  });

  it('are left as they are where rows cannot say them', () => {
    expect(
      kindsOf({
        a: { type: 'object', properties: {} },
        b: { type: ['string', 'null'] },
        c: { enum: [1, 2] },
        d: { type: 'string', enum: ['one, two'] },
        e: { type: 'integer', enum: [1, 2] },
        f: { type: 'array', items: { type: 'number' } },
        g: true,
      }),
    ).toEqual(['other', 'other', 'other', 'other', 'other', 'other', 'other']);
  });

  it('are none where there are none', () => {
    expect(readParameters(parametersOf({}))).toBeUndefined();
  });

  it('are written as the schema that models know', () => {
    const values = { ...NEW_PARAMETER.values, name: ' guests ', kind: 'integer' };
    const choice = { name: 'room', kind: 'choice', required: false, description: 'Which.' };
    const rows = [
      { values, others: {} },
      { values: { ...choice, choices: 'inside\nterrace' }, others: {} },
    ];
    expect(readParameters({ rows, others: {} })).toEqual({
      type: 'object',
      properties: {
        guests: { type: 'integer' },
        room: { type: 'string', enum: ['inside', 'terrace'], description: 'Which.' },
      },
      required: ['guests'],
    });
  });

  it('come back as they were, whatever the rows cannot say', () => {
    const words = fc.stringMatching(/^[a-z]{1,8}$/);
    const property = fc.oneof(
      fc.record({ type: fc.constantFrom('string', 'number', 'integer', 'boolean') }),
      fc.record({ type: fc.constant('string'), enum: fc.uniqueArray(words, { minLength: 1 }) }),
      fc.record({ type: fc.constant('array'), items: fc.record({ type: words }) }),
      fc.record({ anyOf: fc.array(fc.record({ type: words })), description: words }),
      fc.record({ type: fc.constant('string'), description: words, pattern: words }),
    );
    const schema = fc
      .tuple(fc.dictionary(words, property, { minKeys: 1 }), fc.record({ title: words }), fc.nat())
      .map(([properties, others, some]) => {
        const required = Object.keys(properties).filter((_, index) => (some >> index) % 2 === 1);
        const list = required.length === 0 ? {} : { required };
        return { type: 'object', properties, ...list, ...others };
      });
    fc.assert(
      fc.property(schema, (one) => {
        expect(readParameters(parametersOf(one))).toEqual(one);
      }),
    );
  });
});
