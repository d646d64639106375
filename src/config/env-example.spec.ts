import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { renderEnvExample } from './env-example.js';
import { parseSettings } from './parse-settings.js';
import { COMPOSE_VARIABLES, VARIABLE_NAMES, VARIABLES } from './variables.js';
import type { Variable } from './variables.js';

const file = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
const assignments = [...file.matchAll(/^(#?)([A-Z_]+)=(.*)$/gm)].map(
  ([, hash, name = '', value = '']) => ({ active: hash === '', name, value }),
);
const entries = Object.entries<Variable<unknown>>(VARIABLES);

describe('.env.example', () => {
  it('is what the list of variables says', () => {
    expect(file).toBe(renderEnvExample());
  });

  it('holds every variable exactly once', () => {
    expect(assignments.map(({ name }) => name).sort()).toEqual(
      [...VARIABLE_NAMES, ...Object.keys(COMPOSE_VARIABLES)].sort(),
    );
  });

  it('sets nothing when it is copied as it is', () => {
    expect(assignments.filter(({ active, value }) => active && value !== '')).toEqual([]);
    const copied = Object.fromEntries(
      assignments.filter(({ active }) => active).map(({ name, value }) => [name, value]),
    );
    expect(parseSettings(copied)).toEqual(parseSettings({}));
  });

  it('shows values that would be accepted, and every default as it is', () => {
    for (const { name, value } of assignments) {
      const variable = Object.fromEntries(entries)[name];
      if (!variable || value === '') continue;
      expect(variable.kind.parse(value)).toEqual({
        ok: true,
        value: variable.default ?? expect.anything(),
      });
    }
  });
});
