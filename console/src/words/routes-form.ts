import type { Route } from '../api/types.js';
import { m } from '../messages/all.js';
import { fill } from '../messages/fill.js';
import { bareNumber } from './placement.js';

/** The content of the controls of one route. */
export interface RouteRow {
  account: string;
  from: string;
  /** Separated by commas or blanks. */
  prefixes: string;
}

export const NEW_ROUTE: RouteRow = { account: '', from: '', prefixes: '' };

export function rowsOf(routes: readonly Route[]): RouteRow[] {
  return routes.map(({ account, from = '', prefixes = [] }) => ({
    account,
    from,
    prefixes: prefixes.join(', '),
  }));
}

/** The rows as the API takes them. A row in which nothing was entered is left out. */
export function readRoutes(rows: readonly RouteRow[]): Route[] {
  return rows.filter(isFilled).map(({ account, from, prefixes }) => {
    const list = prefixes.split(/[\s,;]+/).filter(Boolean);
    return {
      account: account.trim(),
      ...(from.trim() === '' ? {} : { from: bareNumber(from) }),
      ...(list.length === 0 ? {} : { prefixes: list }),
    };
  });
}

/** The fields' names in a form's errors, which count only the rows that are sent. */
export function routeLabels(rows: readonly RouteRow[]): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [index, row] of rows.entries()) {
    if (!isFilled(row)) continue;
    for (const [field, label] of Object.entries(labelsOf(index))) {
      labels[fieldName(rows, index, field)] = label;
    }
  }
  return labels;
}

/** The name in the API of a row's field. */
export function fieldName(rows: readonly RouteRow[], index: number, field: string): string {
  return `routes.${rows.slice(0, index).filter(isFilled).length}.${field}`;
}

export function labelsOf(index: number): Record<keyof RouteRow, string> {
  const nth = index + 1;
  return {
    account: fill(m.workflows.accountOfRoute, { nth }),
    from: fill(m.workflows.shownNumberOfRoute, { nth }),
    prefixes: fill(m.workflows.calledNumbersOfRoute, { nth }),
  };
}

/** The rows with one of them a place further up. */
export function movedUp(rows: readonly RouteRow[], index: number): RouteRow[] {
  const [row, above] = [rows[index], rows[index - 1]];
  if (!row || !above) return [...rows];
  return rows.with(index - 1, row).with(index, above);
}

function isFilled({ account, from, prefixes }: RouteRow): boolean {
  return `${account}${from}${prefixes}`.trim() !== '';
}
