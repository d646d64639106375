import { describe, expect, it } from '@jest/globals';
import { matching, secret, wholeNumber } from './kinds.js';
import { parseSections } from './parse-sections.js';
import { idleSettings, problem, section, type Look } from './section.js';
import { setting } from './setting.js';

class Doors extends section('Doors', {
  count: setting('DOORS', { kind: wholeNumber(1, 9), default: 2, description: 'How many.' }),
  key: setting('DOOR_KEY', { kind: secret(4), description: 'What opens them.' }),
}) {
  static override conflicts(look: Look) {
    return look.has(Walls.fields.colour) && look.of(Doors).count === 8
      ? [problem(this.fields.count, 'must leave some wall to paint')]
      : [];
  }
}

class Walls extends section('Walls', {
  colour: setting('COLOUR', { kind: matching(/^[a-z]+$/, 'a colour'), description: 'Of all.' }),
}) {
  static override idle(look: Look) {
    const { colour } = this.fields;
    return look.of(Doors).count === 9 ? idleSettings(look, [colour], 'beside 9 doors') : [];
  }
}

const sections = { doors: Doors, walls: Walls };

describe('a section', () => {
  it('is made by name, and missing fields have their defaults', () => {
    expect(new Doors()).toEqual({ count: 2, key: null });
    expect(new Doors({ key: 'sesame' })).toEqual({ count: 2, key: 'sesame' });
    // The types follow from the declaration: a number, and text or null.
    const { count, key }: { count: number; key: string | null } = new Doors({ count: 3 });
    expect([count, key]).toEqual([3, null]);
  });

  it('is an instance of its class after parsing', () => {
    const { doors, walls } = parseSections(sections, { DOORS: '4', COLOUR: 'red' }).settings;
    expect(doors).toBeInstanceOf(Doors);
    expect(walls).toBeInstanceOf(Walls);
    expect([doors.count, doors.key, walls.colour]).toEqual([4, null, 'red']);
  });
});

describe('rules', () => {
  it('are reported after the faults of single variables, in one message', () => {
    const rules = {
      conflicts: (look: Look) =>
        look.has(Doors.fields.key) ? [problem(Doors.fields.key, 'must not be set here')] : [],
      others: [],
    };
    const env = { DOORS: '8', DOOR_KEY: 'abc', COLOUR: 'red' };
    expect(() => parseSections(sections, env, rules)).toThrow(
      [
        'The settings cannot be used:',
        '  DOOR_KEY must be at least 4 characters, printable ASCII without spaces',
        '  DOORS must leave some wall to paint',
        '  DOOR_KEY must not be set here',
      ].join('\n'),
    );
  });

  it('see a value that could not be parsed as set, and at its default', () => {
    expect(() => parseSections(sections, { DOORS: '10', COLOUR: 'red' })).toThrow(
      /^The settings cannot be used:\n {2}DOORS must be a whole number from 1 to 9$/,
    );
  });

  it('warn of settings without effect, after misspelt names', () => {
    const { warnings } = parseSections(sections, { DOOR_KEYS: 'x', DOORS: '9', COLOUR: 'red' });
    expect(warnings.map(({ message }) => message)).toEqual([
      'DOOR_KEYS is not a setting of Patchbay. Did you mean DOOR_KEY?',
      'COLOUR has no effect beside 9 doors.',
    ]);
    expect(parseSections(sections, { DOORS: '7', COLOUR: 'red' }).warnings).toEqual([]);
  });
});
