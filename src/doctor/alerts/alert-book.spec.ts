import { describe, expect, it } from '@jest/globals';
import { EMPTY_BOOK, mergeBooks, newMessage, withMessage, type AlertBook } from './alert-book.js';
import { textOf } from './alert-text.js';
import { nextTry } from './next-try.js';
import type { News } from './standings.js';

const DOWN: News = {
  change: 'down',
  check: 'store',
  title: 'The store',
  seen: 'PostgreSQL at db:5432 refuses connections.',
  fix: 'Start PostgreSQL.',
  since: 0,
};
const message = (id: string, at: number, news: News[] = [DOWN]) =>
  newMessage({ id, at, kind: 'news', news, simulated: false, instance: 'api-1', alone: false }, [
    'webhook',
  ]);
const standing = (at: number, isTold: boolean) => {
  return { told: isTold, rounds: 0, since: 0, quietUntil: 0, at };
};

describe('the book of alerts', () => {
  it('keeps the latest fifty messages, each once', () => {
    let book: AlertBook = EMPTY_BOOK;
    for (let at = 60; at > 0; at -= 1) book = withMessage(book, message(`m${at}`, at));
    book = withMessage(book, message('m60', 60));
    expect(book.messages.map(({ at }) => at)).toEqual(Array.from({ length: 50 }, (_, n) => n + 11));
  });

  it('is made one of two versions: the later standing, the further delivery', () => {
    const tried = message('a', 1);
    const [delivery] = tried.deliveries;
    const delivered = { ...tried, deliveries: [{ ...delivery!, attempts: 1, deliveredAt: 5 }] };
    const stored = {
      standings: { store: standing(1, false), tls: standing(9, true) },
      messages: [tried],
    };
    const ours = {
      standings: { store: standing(2, true), tls: standing(3, false) },
      messages: [delivered, message('b', 2)],
    };
    for (const [one, other] of [
      [stored, ours],
      [ours, stored],
    ] as const) {
      const merged = mergeBooks(one, other);
      expect(merged.standings).toMatchObject({ store: { told: true }, tls: { told: true } });
      expect(merged.messages.map(({ id, deliveries }) => [id, deliveries[0]?.deliveredAt])).toEqual(
        [
          ['a', 5],
          ['b', null],
        ],
      );
    }
  });
});

describe('a message in words', () => {
  it('names what turned, what to do, and where to read on', () => {
    const back: News = {
      ...DOWN,
      change: 'back',
      check: 'tls',
      title: 'The certificate',
      since: 0,
    };
    const { subject, body } = textOf(
      message('a', 720_000, [DOWN, back]),
      'https://pbx.example.com',
    );
    expect(subject).toBe(
      'Patchbay: 1 check is down (The store), 1 check is back (The certificate)',
    );
    expect(body).toContain('DOWN: The store (store), since 1970-01-01 00:00:00 UTC\nPostgreSQL at');
    expect(body).toContain('What to do: Start PostgreSQL.');
    expect(body).toContain('BACK: The certificate (tls), after 12 min');
    expect(body).toContain('https://pbx.example.com/console/doctor?check=store');
    expect(body).not.toContain('simulated');
  });

  it('says that calls are simulated, and that the store is away', () => {
    const { body } = textOf({ ...message('a', 1), simulated: true, alone: true }, null);
    expect(body).toContain('Calls are simulated');
    expect(body).toContain('The store is away');
    expect(body).toContain('npm run doctor');
  });
});

it('a message is tried for six hours, ever more seldom', () => {
  const times: number[] = [];
  let now = 0;
  for (let next = nextTry(1, 0, now); next !== null; next = nextTry(times.length + 1, 0, now)) {
    times.push((next - now) / 60_000);
    now = next;
  }
  expect(times.slice(0, 6)).toEqual([1, 2, 5, 10, 30, 30]);
  expect(now).toBeLessThanOrEqual(6 * 3_600_000);
  expect(now).toBeGreaterThan(5 * 3_600_000);
});
