import { describe, expect, it } from '@jest/globals';
import { SetClock } from '../../../test/support/ledger-builders.js';
import { AccessSettings } from '../../config/settings.js';
import type { FirstStart } from '../../tenants/first-start.js';
import { SignInLink } from './sign-in-link.js';
import { SignInTickets } from './sign-in-tickets.js';

const MINUTE_MS = 60_000;
const ORIGIN = 'http://127.0.0.1:8000';

describe('a ticket', () => {
  const clock = new SetClock(new Date('2026-11-23T10:00:00Z'));
  const tickets = new SignInTickets(clock);

  it('is good once', () => {
    const ticket = tickets.issue();
    expect(ticket).toMatch(/^[\w-]{43}$/);
    expect([tickets.redeem(ticket), tickets.redeem(ticket)]).toEqual([true, false]);
  });

  it('is good for less than a quarter of an hour', () => {
    const [early, late] = [tickets.issue(), tickets.issue()];
    clock.advance(15 * MINUTE_MS - 1);
    expect(tickets.redeem(early)).toBe(true);
    clock.advance(1);
    expect(tickets.redeem(late)).toBe(false);
  });

  it('is nothing to another process', () => {
    expect(new SignInTickets(clock).redeem(tickets.issue())).toBe(false);
  });
});

describe('the link of a start', () => {
  const tickets = new SignInTickets(new SetClock(new Date(0)));
  const invitation = (start: { foundEmpty: boolean; key: string | null; watched: boolean }) =>
    new SignInLink(
      tickets,
      { foundEmpty: start.foundEmpty } as FirstStart,
      new AccessSettings(start.key),
    ).invitation(ORIGIN, start.watched);

  it('signs in whoever reads it', () => {
    const told = invitation({ foundEmpty: true, key: null, watched: false }) ?? '';
    const ticket = /^.*: http:\/\/127\.0\.0\.1:8000\/console\/sign-in\?ticket=([\w-]{43})\n$/.exec(
      told,
    )?.[1];
    expect(tickets.redeem(ticket ?? '')).toBe(true);
  });

  const key = 'a-key-of-the-settings-0123456789';
  it.each([
    ['the first start', { foundEmpty: true, key, watched: false }, true],
    [
      'a later one with a generated key, in a terminal',
      { foundEmpty: false, key: null, watched: true },
      true,
    ],
    [
      'a later one with a generated key, unseen',
      { foundEmpty: false, key: null, watched: false },
      false,
    ],
    ['a later one with a key of the settings', { foundEmpty: false, key, watched: true }, false],
  ])('is told by %s: %o is %s', (_, start, told) => {
    expect(invitation(start) !== null).toBe(told);
  });
});
