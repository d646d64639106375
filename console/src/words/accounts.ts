import type { AccountFinding, AccountNumber, CarrierAccount, Check } from '../api/types.js';
import type { Tone } from './statuses.js';

interface StateWords {
  text: string;
  tone: Tone;
  shape: string;
}

const STATES: Record<CarrierAccount['state'], StateWords> = {
  ready: { text: 'ready', tone: 'good', shape: '✓' },
  disabled: { text: 'disabled', tone: 'neutral', shape: '–' },
  unusable: { text: 'cannot be used', tone: 'bad', shape: '✕' },
};

export function accountState({ state }: Pick<CarrierAccount, 'state'>): StateWords {
  return STATES[state];
}

/** Where an account is configured, and what it may do, as one line. */
export function accountLine(account: CarrierAccount, carrier: string): string {
  const { calls_per_second: pace, max_concurrent_calls: most } = account;
  return [
    account.simulated ? 'simulated' : carrier,
    account.source === 'environment' ? 'from the environment' : null,
    `${pace} ${pace === 1 ? 'dial' : 'dials'} a second`,
    most === null ? null : `${most} ${most === 1 ? 'call' : 'calls'} at a time`,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}

const TITLES: Record<string, string> = {
  credentials: 'Credentials',
  numbers: 'Numbers',
  'public-address': 'Public address',
  version: 'Version',
  connection: 'Connection',
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
    owned === false ? 'not the account’s at the carrier' : null,
    mayCall ? 'calls may be placed from it' : null,
    workflowId === null ? 'answered by no workflow' : `answered by ${nameOf(workflowId)}`,
  ]
    .filter((part) => part !== null)
    .join(' · ');
}
