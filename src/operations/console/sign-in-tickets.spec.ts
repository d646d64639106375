import { describe, expect, it } from '@jest/globals';
import { SetClock } from '../../../test/support/ledger-builders.js';
import { AccessSettings, StoreSettings } from '../../config/settings.js';
import type { FirstStart } from '../../tenants/first-start.js';
import { SignInLink } from './sign-in-link.js';
import { SignInTickets } from './sign-in-tickets.js';

const MINUTE_MS = 60_000;
const ORIGIN = 'http://127.0.0.1:8000';

describe('a ticket', () => {
  const clock = new SetClock(new Date('2026-11-23T10:00:00Z'));
  const tickets = new SignInTickets(clock);

  it('is valid once', () => {
    const ticket = tickets.issue();
    expect(ticket).toMatch(/^[\w-]{43}$/);
    expect([tickets.redeem(ticket), tickets.redeem(ticket)]).toEqual([true, false]);
  });

  it('is valid for less than a quarter of an hour', () => {
    const [early, late] = [tickets.issue(), tickets.issue()];
    clock.advance(15 * MINUTE_MS - 1);
    expect(tickets.redeem(early)).toBe(true);
    clock.advance(1);
    expect(tickets.redeem(late)).toBe(false);
  });

  it('is not valid in another process', () => {
    expect(new SignInTickets(clock).redeem(tickets.issue())).toBe(false);
  });
});

describe('the link of a start', () => {
  const tickets = new SignInTickets(new SetClock(new Date(0)));
  const invitation = (start: { foundEmpty: boolean; key: string | null; watched: boolean }) =>
    new SignInLink(
      tickets,
      { foundEmpty: start.foundEmpty } as FirstStart,
      new AccessSettings({ apiKey: start.key }),
      new StoreSettings({ dataDir: '/data' }),
    ).invitation(ORIGIN, start.watched);

  it('signs in the person who opens it', () => {
    const told = invitation({ foundEmpty: true, key: null, watched: true }) ?? '';
    const ticket = /^.*: http:\/\/127\.0\.0\.1:8000\/console\/sign-in\?ticket=([\w-]{43})\n$/.exec(
      told,
    )?.[1];
    expect(tickets.redeem(ticket ?? '')).toBe(true);
  });

  const key = 'a-key-of-the-settings-0123456789';
  const link = /\?ticket=/;
  const nothing = /^$/;
  it.each<[string, Parameters<typeof invitation>[0], RegExp]>([
    ['the first start in a terminal', { foundEmpty: true, key, watched: true }, link],
    [
      'the first start, collected',
      { foundEmpty: true, key: null, watched: false },
      /^Console: \S+\/console \(sign in with the key in \/data\/api-key\)\n$/,
    ],
    [
      'the first start with a key of the settings, collected',
      { foundEmpty: true, key, watched: false },
      /^Console: \S+\/console \(sign in with the value of API_KEY\)\n$/,
    ],
    [
      'a later one with a generated key, in a terminal',
      { foundEmpty: false, key: null, watched: true },
      link,
    ],
    [
      'a later one with a generated key, collected',
      { foundEmpty: false, key: null, watched: false },
      nothing,
    ],
    ['a later one with a key of the settings', { foundEmpty: false, key, watched: true }, nothing],
  ])('is printed correctly by %s', (_, start, told) => {
    expect(invitation(start) ?? '').toMatch(told);
  });
});
