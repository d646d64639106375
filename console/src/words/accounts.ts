import type { AccountFinding, AccountNumber, CarrierAccount, Check } from '../api/types.js';
import { m } from '../messages/all.js';
import { fill, plural } from '../messages/fill.js';
import type { Tone } from './statuses.js';

interface StateWords {
  text: string;
  tone: Tone;
  shape: string;
}

const STATES: Record<CarrierAccount['state'], StateWords> = {
  ready: { text: m.common.ready, tone: 'good', shape: '✓' },
  disabled: { text: m.accounts.disabled, tone: 'neutral', shape: '–' },
  unusable: { text: m.accounts.cannotBeUsed, tone: 'bad', shape: '✕' },
};

export function accountState({ state }: Pick<CarrierAccount, 'state'>): StateWords {
  return STATES[state];
}

/** Where an account is configured, and what it may do, as one line. */
export function accountLine(account: CarrierAccount, carrier: string): string {
  const { calls_per_second: pace, max_concurrent_calls: most } = account;
  return [
    account.simulated ? m.accounts.simulated : carrier,
    account.source === 'environment' ? m.accounts.fromTheEnvironment : null,
    plural(m.accounts.dialsEachSecond, pace),
    most === null ? null : plural(m.accounts.callsAtOnce, most),
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

const TITLES: Record<string, string> = {
  credentials: m.accounts.credentials,
  numbers: m.common.numbers,
  'public-address': m.accounts.publicAddress,
  version: m.accounts.version,
  connection: m.accounts.connection,
};

const RESULTS: Record<AccountFinding['result'], Check['status']> = {
  works: 'up',
  limited: 'warn',
  fails: 'down',
  unknown: 'skipped',
};

/** What a test has found, drawn like a check of the doctor. */
export function findingCheck({ name, result, seen, fix }: AccountFinding): Check {
  const title = TITLES[name] ?? name.replaceAll('-', ' ');
  return { name, title, group: '', status: RESULTS[result], seen, fix };
}

/** What a number of an account can do. */
export function numberLine(
  { owned, may_call: mayCall, workflow_id: workflowId }: AccountNumber,
  nameOf: (workflowId: number) => string,
): string {
  return [
    owned === false ? m.accounts.notTheAccountsAtThe : null,
    mayCall ? m.accounts.callsMayBePlacedFrom : null,
    workflowId === null
      ? m.accounts.answeredByNoWorkflow
      : fill(m.accounts.answeredBy, { workflow: nameOf(workflowId) }),
  ]
    .filter((part) => part !== null)
    .join(' · ');
}
