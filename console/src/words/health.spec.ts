import { describe, expect, it } from '@jest/globals';
import type { Check } from '../api/types.js';
import { askAgainSeconds, healthOf, readinessWords } from './health.js';

const check = (name: string, status: Check['status'], seen: string | null = null): Check => ({
  name,
  title: `The ${name}`,
  group: 'Store',
  status,
  seen,
});

describe('the health of the service in a line', () => {
  it('is nothing while all is well', () => {
    expect(healthOf([])).toBeNull();
    expect(healthOf([check('store', 'up'), check('disk', 'skipped')])).toBeNull();
  });

  it('is one check with what it saw', () => {
    const seen = 'The disk has `3.5 GB` left. That is little.';
    expect(healthOf([check('store', 'up'), check('disk', 'warn', seen)])).toEqual({
      tone: 'waiting',
      text: 'The disk: The disk has 3.5 GB left.',
      check: 'disk',
    });
    expect(healthOf([check('disk', 'down')])?.text).toBe('The disk');
  });

  it('names what is broken before what is to be looked at, of many the first two', () => {
    const found = [check('clock', 'warn'), check('dns', 'down'), check('tls', 'down')];
    expect(healthOf(found)).toEqual({ tone: 'bad', text: 'The dns, the tls', check: 'dns' });
    expect(healthOf([...found, check('store', 'down')])?.text).toBe('The dns, the tls, and 1 more');
  });

  it('is asked for again soon while something is broken', () => {
    expect(askAgainSeconds(null)).toBe(60);
    expect(askAgainSeconds(healthOf([check('disk', 'warn')]))).toBe(60);
    expect(askAgainSeconds(healthOf([check('disk', 'down')]))).toBe(10);
  });

  it('says to others why the service is not ready', () => {
    expect(readinessWords({ status: 'up', reasons: [] })).toBeNull();
    const reasons = ['store: it does not answer', 'draining: this instance is stopping'];
    expect(readinessWords({ status: 'down', reasons })?.text).toBe(
      'The service is not ready: it does not answer; this instance is stopping',
    );
  });
});
