import { expect, it } from '@jest/globals';
import { fieldName, movedUp, NEW_ROUTE, readRoutes, routeLabels, rowsOf } from './routes-form.js';

const routes = [
  { account: 'second', from: '+12025550100', prefixes: ['+44', '+1415'] },
  { account: 'first' },
];

it('routes are entered as they are shown', () => {
  expect(readRoutes(rowsOf(routes))).toEqual(routes);
  expect(
    readRoutes([{ account: ' first ', from: '+1 (202) 555-0100', prefixes: ' +44;+1415 ' }]),
  ).toEqual([{ account: 'first', from: '+12025550100', prefixes: ['+44', '+1415'] }]);
});

it('a row that was left empty is no route, and errors are shown at the rows that were sent', () => {
  const rows = [NEW_ROUTE, ...rowsOf(routes)];
  expect(readRoutes(rows)).toEqual(routes);
  expect(fieldName(rows, 2, 'account')).toBe('routes.1.account');
  expect(routeLabels(rows)).toMatchObject({
    'routes.0.account': 'Account of route 2',
    'routes.1.prefixes': 'Called numbers of route 3',
  });
});

it('a route is moved up by one place, the first nowhere', () => {
  const rows = rowsOf(routes);
  expect(movedUp(rows, 1)).toEqual([rows[1], rows[0]]);
  expect(movedUp(rows, 0)).toEqual(rows);
});
