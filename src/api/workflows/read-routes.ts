import type { ProviderRegistry } from '../../providers/provider-registry.js';
import { isE164 } from '../../shared/party.js';
import { invalidFields, type FieldError } from '../../shared/problem.js';
import type { WorkflowRoute } from '../../tenants/workflow-routes.js';

export const ROUTES_MAX = 20;
export const PREFIXES_MAX = 200;

const PREFIX = /^\+[1-9]\d{0,14}$/;
const FIELDS: ReadonlySet<string> = new Set(['account', 'from', 'prefixes']);

type Accounts = Pick<ProviderRegistry, 'find'>;

/**
 * A workflow's routes as they were sent. Each names an account of this service, and numbers of that account alone.
 *
 * @throws Problem that names each field which is wrong
 */
export function readRoutes(sent: readonly unknown[], accounts: Accounts): WorkflowRoute[] {
  const faults: FieldError[] = [];
  const routes = sent.map((route, index) => {
    const { found, ...read } = readRoute(route, accounts);
    faults.push(
      ...found.map(({ field, message }) => ({ field: `routes.${index}${field}`, message })),
    );
    return read.route;
  });
  if (faults.length > 0) throw invalidFields(faults);
  return routes;
}

function readRoute(
  sent: unknown,
  accounts: Accounts,
): { route: WorkflowRoute; found: FieldError[] } {
  const found: FieldError[] = [];
  const wrong = (field: string, message: string) => void found.push({ field, message });
  const route: WorkflowRoute = { account: '' };
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) {
    wrong('', 'must be a JSON object');
    return { route, found };
  }
  for (const name of Object.keys(sent)) {
    if (!FIELDS.has(name)) wrong(`.${name}`, 'is not a known field');
  }
  const { account: key, from, prefixes } = sent as Record<string, unknown>;
  const account = typeof key === 'string' ? accounts.find(key) : null;
  if (account) route.account = account.key;
  else wrong('.account', key === undefined ? 'is missing' : 'is not an account of this service');
  if (from !== undefined && from !== null) {
    if (typeof from !== 'string' || !isE164(from)) {
      wrong('.from', 'must be a phone number in E.164, such as +14155552671');
    } else if (account && !account.numbers.includes(from)) {
      wrong('.from', 'must be one of the numbers of this account');
    } else route.from = from;
  }
  if (prefixes !== undefined && prefixes !== null) {
    if (!Array.isArray(prefixes) || prefixes.length > PREFIXES_MAX) {
      wrong('.prefixes', `must be a list of at most ${PREFIXES_MAX} prefixes`);
    } else if (!prefixes.every((prefix) => typeof prefix === 'string' && PREFIX.test(prefix))) {
      wrong('.prefixes', 'must each be "+" and digits, such as +44 or +1415');
    } else if (prefixes.length > 0) route.prefixes = prefixes as string[];
  }
  return { route, found };
}
