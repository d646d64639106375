import { describe, expect, it } from '@jest/globals';
import { first as germanFirst } from './de/first.js';
import { rest as germanRest } from './de/rest.js';
import { first } from './en/first.js';
import { rest } from './en/rest.js';

/** Texts that the service sends in English, which a catalogue may have by their codes. English needs none. */
const BY_CODE = /^(checks\.(titles|groups)|schemas\.titles)\./;

const english = leaves({ ...first, ...rest });

describe.each([['German', leaves({ ...germanFirst, ...germanRest })]])('%s', (_, translated) => {
  const own = [...translated].filter(([key]) => !BY_CODE.test(key));

  it('has every message of the English catalogue, and no other', () => {
    expect(own.map(([key]) => key).sort()).toEqual([...english.keys()].sort());
  });

  it('has no empty message', () => {
    expect([...translated].filter(([, text]) => text.trim() === '')).toEqual([]);
  });

  it('has the places and marks of the English message in each', () => {
    const wrong = own.filter(([key, text]) => parts(text) !== parts(english.get(key) ?? ''));
    expect(wrong).toEqual([]);
  });

  it('leaves little as it is in English', () => {
    const same = own.filter(([key, text]) => text === english.get(key) && /\p{L}{2}/u.test(text));
    // Words that both languages have, such as `Name`, `Workflow`, `Status`.
    expect(same.every(([, text]) => text.length < 22)).toBe(true);
    expect(same.length).toBeLessThan(own.length / 10);
  });
});

describe('English', () => {
  it('has no empty message', () => {
    expect([...english].filter(([, text]) => text.trim() === '')).toEqual([]);
  });

  it('has no message that begins or ends with a blank, which a translator would lose', () => {
    expect([...english].filter(([, text]) => text !== text.trim())).toEqual([]);
  });
});

/** Every text of a catalogue by its path. The forms of a message that depends on a number are compared as one. */
function leaves(messages: object, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(messages) as Array<[string, string | object]>) {
    const key = path === '' ? name : `${path}.${name}`;
    if (typeof value === 'string') found.set(key, value);
    else if ('other' in value && 'one' in value) {
      for (const [form, text] of Object.entries(value)) found.set(`${key}.${form}`, String(text));
    } else for (const [inner, text] of leaves(value, key)) found.set(inner, text);
  }
  return found;
}

/** The places and marks of a message. A form for one number need not say the number. */
function parts(text: string): string {
  const all = text.match(/\{\w+\}|<\/?\w+>/g) ?? [];
  return all
    .filter((part) => part !== '{count}')
    .sort()
    .join(' ');
}
