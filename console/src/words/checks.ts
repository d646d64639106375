import type { Check } from '../api/types.js';
import type { Tone } from './statuses.js';

/** How a check's result is drawn: by text, shape and colour together. */
export const CHECK_WORDS: Record<Check['status'], { text: string; tone: Tone; shape: string }> = {
  running: { text: 'checking…', tone: 'waiting', shape: '◌' },
  up: { text: 'all right', tone: 'good', shape: '✓' },
  warn: { text: 'look at this', tone: 'waiting', shape: '▲' },
  down: { text: 'broken', tone: 'bad', shape: '✕' },
  skipped: { text: 'skipped', tone: 'neutral', shape: '–' },
};

/** The checks after one of them told something new; each keeps its place. */
export function withCheck(checks: readonly Check[], told: Check): readonly Check[] {
  const index = checks.findIndex((check) => check.name === told.name);
  return index < 0 ? [...checks, told] : checks.with(index, { ...checks[index], ...told });
}

/** By group, in the order in which they were first told. */
export function byGroup(checks: readonly Check[]): ReadonlyArray<[group: string, Check[]]> {
  const groups = new Map<string, Check[]>();
  for (const check of checks) {
    const group = groups.get(check.group);
    if (group) group.push(check);
    else groups.set(check.group, [check]);
  }
  return [...groups];
}

/** For whoever only wants to know whether all is well. */
export function summaryOf(checks: readonly Check[]): string {
  const count = (status: Check['status']): number =>
    checks.filter((check) => check.status === status).length;
  const parts = [
    [count('down'), 'broken'],
    [count('warn'), 'to look at'],
    [count('up'), 'all right'],
    [count('skipped'), 'skipped'],
  ] as const;
  return parts
    .filter(([number]) => number > 0)
    .map(([number, text]) => `${number} ${text}`)
    .join(', ');
}

/** What `GET diagnostics` answers. */
export function checksOf(report: Record<string, unknown>): readonly Check[] {
  const list = report['checks'];
  return Array.isArray(list) ? (list as Check[]) : [];
}
