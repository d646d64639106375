import type { DoctorServices, Examination } from './examination.js';

/** `skipped`: there is nothing to look at, or an earlier check says why it cannot be looked at. */
export type CheckStatus = 'up' | 'warn' | 'down' | 'skipped';

/** What a check is about. The words are neutral, because a fault's name above a list of ticks would read as a finding. */
export const GROUPS = [
  'Webhook URL',
  'Media streams',
  'Status callbacks',
  'Agents and events',
  'Set-up',
  'Several instances',
] as const;
export type CheckGroup = (typeof GROUPS)[number];

/** What one check has found. Nothing in it is a phone number, a token or a signature. */
export interface Finding {
  status: CheckStatus;
  /** What was seen, in one sentence. */
  seen: string;
  /** What to do about it; null when there is nothing to do. */
  fix: string | null;
  /** The same for programs, and further facts that may help. */
  detail: Record<string, unknown>;
}

/**
 * One question about an installation. It is a value; `checks.ts` lists those of a running service.
 * `Needs` is what of an examination it looks at: `npm run doctor` asks some without a service.
 */
export interface Check<Needs = Examination> {
  /** A stable name, in our API and as the heading in docs/troubleshooting.md. */
  name: string;
  /** What is looked at. It says nothing about the result, because it is shown beside every status. */
  title: string;
  group: CheckGroup;
  /** True for a check that takes too long for the quick run. */
  fullOnly?: boolean;
  /**
   * True for a check of a carrier's account: `look` is called once for each account, with the
   * account's own fields in the examination; without any account, once with `provider` null.
   */
  perAccount?: boolean;
  /**
   * Whether this installation has what is looked at; asked once, before a run. Where it has not, the
   * check is left out of the run. Default: it has. Must not throw.
   */
  appliesTo?(services: DoctorServices): boolean | Promise<boolean>;
  /** The time in milliseconds after which the check is given up and counts as down; default 16 s. */
  limitMs?(examination: Needs): number;
  /** Called once in a run, or once for each account, in parallel with all other checks. A throw counts as down, with its message. */
  look(examination: Needs): Promise<Finding> | Finding;
}

/** A finding, and what it is about. */
export interface CheckResult extends Finding {
  name: string;
  title: string;
  group: CheckGroup;
  durationMs: number;
}

type Detail = Record<string, unknown>;

export const up = (seen: string, detail: Detail = {}): Finding => ({
  status: 'up',
  seen,
  fix: null,
  detail,
});

export const warn = (seen: string, fix: string, detail: Detail = {}): Finding => ({
  status: 'warn',
  seen,
  fix,
  detail,
});

export const down = (seen: string, fix: string, detail: Detail = {}): Finding => ({
  status: 'down',
  seen,
  fix,
  detail,
});

export const skipped = (seen: string, fix: string | null = null, detail: Detail = {}): Finding => ({
  status: 'skipped',
  seen,
  fix,
  detail,
});

/** What to do about several things together, with each fix once. */
export const fixesOf = (problems: ReadonlyArray<{ fix: string }>): string =>
  [...new Set(problems.map(({ fix }) => fix))].join(' ');
