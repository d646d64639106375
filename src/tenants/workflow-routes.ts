/** One way for a workflow's calls to be dialled; as in our API. */
export interface WorkflowRoute {
  /** The key of the account that dials. */
  account: string;
  /** One of the account's numbers, E.164; absent: its first. */
  from?: string;
  /** What the called numbers begin with, `+` and digits; absent or empty: any number. */
  prefixes?: readonly string[];
}

/** @param column as the store has it */
export function routesIn(column: string | null): WorkflowRoute[] {
  return column === null ? [] : (JSON.parse(column) as WorkflowRoute[]);
}

/**
 * The routes of a call to a number, best first: by the longest prefix that the number begins with, then in the order of
 * the list. An account has its best route alone: what it refuses once, it would refuse again.
 *
 * @param to E.164
 */
export function routesTo(routes: readonly WorkflowRoute[], to: string): WorkflowRoute[] {
  const matching = routes
    .map((route) => ({ route, length: matchedLength(route, to) }))
    .filter(({ length }) => length >= 0)
    // The sort is stable.
    .sort((a, b) => b.length - a.length)
    .map(({ route }) => route);
  const accounts = matching.map(({ account }) => account);
  return matching.filter(({ account }, index) => accounts.indexOf(account) === index);
}

/** How long the longest matching prefix is; 0 for a route that takes any number, -1 for one that does not take this. */
function matchedLength({ prefixes = [] }: WorkflowRoute, to: string): number {
  if (prefixes.length === 0) return 0;
  const lengths = prefixes.filter((prefix) => to.startsWith(prefix)).map(({ length }) => length);
  return Math.max(-1, ...lengths);
}
