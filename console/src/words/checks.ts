import type { Check, Repair } from '../api/types.js';
import { byCode, fill } from '../messages/fill.js';
import { m } from '../messages/first.js';
import type { Tone } from './statuses.js';

/** How a check's result is drawn: by text, shape and colour together. */
export const CHECK_WORDS: Record<Check['status'], { text: string; tone: Tone; shape: string }> = {
  running: { text: m.checks.checking, tone: 'waiting', shape: '◌' },
  up: { text: m.checks.allRight, tone: 'good', shape: '✓' },
  warn: { text: m.checks.lookAtThis, tone: 'waiting', shape: '▲' },
  down: { text: m.checks.broken, tone: 'bad', shape: '✕' },
  skipped: { text: m.checks.skipped, tone: 'neutral', shape: '–' },
};

/** What a check is about, in the chosen language; a check that the console does not know keeps its title. */
export function checkTitle({ name, title }: Pick<Check, 'name' | 'title'>): string {
  return byCode(m.checks.titles, name) ?? title;
}

function inWords<C extends Pick<Check, 'name' | 'title' | 'group'>>(check: C): C {
  const group = byCode(m.checks.groups, check.group) ?? check.group;
  return { ...check, title: checkTitle(check), group };
}

/** What a full run reports about one check while it runs. */
export type RunEvent =
  | { state: 'started'; name: string; title: string; group: string }
  | { state: 'progress'; name: string; note: string }
  | ({ state: 'finished' } & Check);

/** The checks after one of them reported something new. Each keeps its place. */
export function withEvent(checks: readonly Check[], event: RunEvent): readonly Check[] {
  switch (event.state) {
    case 'started':
      return withCheck(
        checks,
        inWords({ name: event.name, title: event.title, group: event.group, status: 'running' }),
      );
    case 'progress':
      return checks.map((check) =>
        check.name === event.name ? { ...check, seen: event.note } : check,
      );
    case 'finished':
      return withCheck(checks, inWords(event));
    default:
      return checks;
  }
}

function withCheck(checks: readonly Check[], told: Check): readonly Check[] {
  const index = checks.findIndex((check) => check.name === told.name);
  return index < 0 ? [...checks, told] : checks.with(index, told);
}

/** The checks by group, in the order in which they were first reported. */
export function byGroup(checks: readonly Check[]): ReadonlyArray<[group: string, Check[]]> {
  const groups = new Map<string, Check[]>();
  for (const check of checks) {
    const group = groups.get(check.group);
    if (group) group.push(check);
    else groups.set(check.group, [check]);
  }
  return [...groups];
}

/** A summary for people who only want to know whether all is well. */
export function summaryOf(checks: readonly Check[]): string {
  const count = (status: Check['status']): number =>
    checks.filter((check) => check.status === status).length;
  const parts = [
    [count('down'), m.checks.broken],
    [count('warn'), m.checks.toLookAt],
    [count('up'), m.checks.allRight],
    [count('skipped'), m.checks.skipped],
  ] as const;
  return parts
    .filter(([number]) => number > 0)
    .map(([number, text]) => `${number} ${text}`)
    .join(', ');
}

/** Whether a check has found numbers that can be repaired from here. */
export function canRepair(checks: readonly Check[]): boolean {
  return checks.some(
    ({ status, detail }) => status === 'warn' && Number(detail?.['repairable']) > 0,
  );
}

/** One sentence for each number. */
export function repairTexts(repairs: readonly Repair[]): string[] {
  if (repairs.length === 0) return [m.checks.everyClaimedNumberHasOur];
  return repairs.map(({ number_ends_with: ending, repaired, reason }) =>
    repaired
      ? fill(m.checks.leadsHereNow, { ending })
      : fill(m.checks.couldNotBeSet, { ending, reason: reason ?? m.checks.unknown }),
  );
}

/** What `GET diagnostics` answers. */
export function checksOf(report: Record<string, unknown>): readonly Check[] {
  const list = report['checks'];
  return Array.isArray(list) ? (list as Check[]).map(inWords) : [];
}
