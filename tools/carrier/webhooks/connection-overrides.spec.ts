import { describe, expect, it } from '@jest/globals';
import { readOverrides, retries } from './connection-overrides.js';

describe('connection overrides', () => {
  it('default to one retry on connect failures within 15 s', () => {
    const { overrides, problems } = readOverrides('https://h/x');
    expect(problems).toEqual([]);
    expect(overrides).toMatchObject({
      connectTimeoutMs: 5000,
      readTimeoutMs: 15_000,
      totalTimeoutMs: 15_000,
      retries: 1,
    });
    expect(retries(overrides, 'ct')).toBe(true);
    expect(retries(overrides, '5xx')).toBe(false);
    expect(retries(overrides, 'rt')).toBe(false);
  });

  it('are read from the fragment', () => {
    const { overrides, problems } = readOverrides('https://h/x#rc=3&rp=5xx,ct,rt&ct=700&tt=4000');
    expect(problems).toEqual([]);
    expect(overrides).toMatchObject({ retries: 3, connectTimeoutMs: 700, totalTimeoutMs: 4000 });
    expect(retries(overrides, '5xx')).toBe(true);
    expect(retries(overrides, '4xx')).toBe(false);
  });

  it('out of range keep their default and are named', () => {
    const { overrides, problems } = readOverrides('https://h/x#rc=9&rt=20000&rp=nonsense&e=mars');
    expect(overrides).toMatchObject({ retries: 1, readTimeoutMs: 15_000 });
    expect(problems).toHaveLength(4);
  });
});
