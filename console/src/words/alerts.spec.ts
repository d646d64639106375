import { describe, expect, it } from '@jest/globals';
import type { Alert, Alerts } from '../api/system-types.js';
import type { Check } from '../api/types.js';
import {
  alertDeliveryNote,
  alertDeliveryText,
  alertText,
  checkNews,
  maskedTo,
  rhythmText,
} from './alerts.js';
import { shortTime } from './time.js';

const NOON = '2026-11-27T12:00:00.000Z';
const LATER = '2026-11-27T12:10:00.000Z';
const NOW = Date.parse('2026-11-27T12:05:00.000Z');

const check = (name: string, status: Check['status']): Check => ({
  name,
  title: `The ${name}`,
  group: 'g',
  status,
});
const news = (change: 'down' | 'back', name: string): Alert => ({
  alert_id: name,
  kind: 'news',
  created_at: NOON,
  instance: 'api-1',
  simulated: true,
  checks: [{ change, check: name, title: `The ${name}`, seen: '', fix: null, since: NOON }],
  deliveries: [],
});
const alerts = (changes: Partial<Alerts>): Alerts => ({
  enabled: true,
  every_seconds: 60,
  quiet_seconds: 900,
  channels: [],
  standings: [],
  messages: [],
  ...changes,
});
const standing = (name: string, told: boolean, quiet: string | null = null) => {
  return { check: name, told, since: NOON, quiet_until: quiet };
};

describe('what people are told of a check', () => {
  it('begins with what is down, and says since when and when it was told', () => {
    const rows = checkNews(
      [check('store', 'up'), check('tls', 'down')],
      alerts({ standings: [standing('tls', true, LATER)], messages: [news('down', 'tls')] }),
      NOW,
    );
    expect(rows.map(({ name, since, told }) => [name, since, told])).toEqual([
      ['tls', NOON, `Told at ${shortTime(NOON)}.`],
      ['store', null, ''],
    ]);
  });

  it.each([
    ['down', standing('tls', false), 'Not told yet: it is told when two rounds'],
    ['up', standing('tls', true), 'That it is back is told after two good rounds.'],
    ['down', standing('tls', false, LATER), `Quiet until ${shortTime(LATER)}`],
    ['down', standing('tls', false, NOON), 'Not told yet'],
    ['down', undefined, 'Not told yet'],
  ] as const)('%s, with %j: %s', (status, known, words) => {
    const all = alerts({ standings: known ? [known] : [] });
    const [row] = checkNews([check('tls', status)], all, NOW);
    expect(row?.told).toContain(words);
  });

  it('is what was told last of one that is well, and nothing where nobody is told', () => {
    const told = alerts({ messages: [news('back', 'tls'), news('down', 'tls')] });
    expect(checkNews([check('tls', 'up')], told, NOW)[0]?.told).toBe(
      `Told to be back at ${shortTime(NOON)}.`,
    );
    const off = alerts({ enabled: false });
    expect(checkNews([check('tls', 'down')], off, NOW)[0]?.told).toBe('Nobody is told.');
  });
});

it('mail addresses are not shown whole', () => {
  expect(maskedTo({ channel: 'email', to: 'ops@example.com, boss@example.com' })).toBe(
    'o…@example.com, b…@example.com',
  );
  expect(maskedTo({ channel: 'webhook', to: 'chat.example.com' })).toBe('chat.example.com');
});

it('a message names what turned', () => {
  const both = [...news('down', 'tls').checks, ...news('back', 'store').checks];
  expect(alertText({ kind: 'news', checks: both })).toBe('Down: The tls. Back: The store');
  expect(alertText({ kind: 'test', checks: [] })).toBe('Test message');
});

it('a delivery says why it failed, and when it is tried again', () => {
  const delivery = { channel: 'webhook', attempts: 1, delivered_at: null } as const;
  const error = 'the webhook answers 500';
  const failing = { ...delivery, state: 'pending', error, next_attempt_at: LATER } as const;
  expect(alertDeliveryNote(failing)).toBe(`Webhook: ${error}. Next try at ${shortTime(LATER)}.`);
  const sent = { ...failing, state: 'delivered', error: null, next_attempt_at: null } as const;
  expect(alertDeliveryNote(sent)).toBe('Webhook');
  const dead = { ...delivery, state: 'given_up', error, next_attempt_at: null } as const;
  expect(alertDeliveryText(dead)).toBe(`Webhook not delivered: ${error}.`);
  expect(alertDeliveryText({ ...dead, state: 'delivered', error: null })).toBe(
    'Webhook delivered.',
  );
});

it('the quiet time is told, also that there is none', () => {
  expect(rhythmText(alerts({}))).toContain('within 15 min of');
  expect(rhythmText(alerts({ quiet_seconds: 0 }))).toContain('There is no quiet time.');
});
