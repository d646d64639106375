import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { routesTo, type WorkflowRoute } from './workflow-routes.js';

const LONDON = '+442071234567';

const accountsFor = (to: string, ...routes: WorkflowRoute[]) =>
  routesTo(routes, to).map(({ account }) => account);

describe('the routes to a number', () => {
  it('are those that begin like it, and those that take any number', () => {
    const us = { account: 'us', prefixes: ['+1'] };
    const any = { account: 'any' };
    const all = { account: 'all', prefixes: [] };
    expect(accountsFor(LONDON, us, any, all)).toEqual(['any', 'all']);
    expect(accountsFor('+12025550100', us, any, all)).toEqual(['us', 'any', 'all']);
    expect(accountsFor(LONDON, us)).toEqual([]);
    expect(accountsFor(LONDON)).toEqual([]);
  });

  it('are in order of the longest prefix that matches, whatever others they have', () => {
    const any = { account: 'any' };
    const uk = { account: 'uk', prefixes: ['+3312345', '+44'] };
    const london = { account: 'london', prefixes: ['+4420', '+4'] };
    expect(accountsFor(LONDON, any, uk, london)).toEqual(['london', 'uk', 'any']);
  });

  it('are in the order of the list where the prefixes are as long', () => {
    const one = { account: 'one', prefixes: ['+44'] };
    const other = { account: 'other', prefixes: ['+44', '+1'] };
    expect(accountsFor(LONDON, one, other)).toEqual(['one', 'other']);
    expect(accountsFor(LONDON, other, one)).toEqual(['other', 'one']);
  });

  it('have each account once, with the caller of its best route', () => {
    const rest = { account: 'one', from: '+12025550100' };
    const other = { account: 'other' };
    const uk = { account: 'one', from: '+442079460000', prefixes: ['+44'] };
    expect(routesTo([rest, other, uk], LONDON)).toEqual([uk, other]);
  });

  it('never name an account twice, nor one that takes no such number', () => {
    const prefix = fc.constantFrom('+4', '+44', '+442', '+1', '+44207');
    const route = fc.record({
      account: fc.constantFrom('a', 'b', 'c'),
      prefixes: fc.array(prefix, { maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.array(route, { maxLength: 8 }), (routes) => {
        const found = routesTo(routes, LONDON);
        const accounts = found.map(({ account }) => account);
        expect(new Set(accounts).size).toBe(accounts.length);
        const takes = ({ prefixes }: WorkflowRoute) =>
          !prefixes?.length || prefixes.some((one) => LONDON.startsWith(one));
        expect(found.every(takes)).toBe(true);
        expect(new Set(accounts)).toEqual(new Set(routes.filter(takes).map((one) => one.account)));
      }),
    );
  });
});
