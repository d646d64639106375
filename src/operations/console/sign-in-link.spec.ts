import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sqliteStores, type TestStore } from '../../../test/support/stores.js';
import { AccessSettings, StoreSettings } from '../../config/settings.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import type { FirstStart } from '../../tenants/first-start.js';
import { SignInLink } from './sign-in-link.js';
import { SignInTickets } from './sign-in-tickets.js';

const ORIGIN = 'http://127.0.0.1:8000';

describe('the link of a start', () => {
  let store: TestStore;
  let tickets: SignInTickets;
  beforeAll(async () => {
    store = await sqliteStores.create();
    tickets = new SignInTickets(store.database);
  });
  afterAll(() => store.remove());
  const invitation = (start: { foundEmpty: boolean; key: string | null; watched: boolean }) =>
    new SignInLink(
      tickets,
      { foundEmpty: start.foundEmpty } as FirstStart,
      new AccessSettings({ apiKey: start.key }),
      new StoreSettings({ dataDir: '/data' }),
    ).invitation(ORIGIN, start.watched);

  it('signs in the person who opens it', async () => {
    const told = (await invitation({ foundEmpty: true, key: null, watched: true })) ?? '';
    const ticket = /^.*: http:\/\/127\.0\.0\.1:8000\/console\/sign-in\?ticket=([\w-]{43})\n$/.exec(
      told,
    )?.[1];
    expect(await tickets.redeem(ticket ?? '')).toBe(true);
  });

  it('is left out while the store is away, and the key is named in its place', async () => {
    const away = { issue: () => Promise.reject(new StoreUnavailableError('away')) };
    const told = await new SignInLink(
      away as unknown as SignInTickets,
      { foundEmpty: true } as FirstStart,
      new AccessSettings({ apiKey: null }),
      new StoreSettings({ dataDir: '/data' }),
    ).invitation(ORIGIN, true);
    expect(told).toMatch(/^Console: \S+\/console \(sign in with the key in \/data\/api-key\)\n$/);
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
  ])('is printed correctly by %s', async (_, start, told) => {
    expect((await invitation(start)) ?? '').toMatch(told);
  });
});
