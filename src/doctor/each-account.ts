import type { CheckStatus, Finding } from './check.js';

const WORST_FIRST: readonly CheckStatus[] = ['down', 'warn', 'up', 'skipped'];

/**
 * What a check has found at each of several accounts, as one finding: its worst status, and what was
 * seen at each, after the account's key.
 */
export function ofEachAccount(found: ReadonlyArray<[key: string, finding: Finding]>): Finding {
  const statuses = new Set(found.map(([, { status }]) => status));
  const fixes = found.flatMap(([key, { fix }]) => (fix === null ? [] : [`${key}: ${fix}`]));
  const repairable = found.reduce((sum, [, { detail }]) => {
    return sum + Number(detail['repairable'] ?? 0);
  }, 0);
  return {
    status: WORST_FIRST.find((status) => statuses.has(status)) ?? 'skipped',
    seen: found.map(([key, { seen }]) => `${key}: ${seen}`).join(' '),
    fix: fixes.length === 0 ? null : fixes.join(' '),
    detail: {
      accounts: Object.fromEntries(found.map(([key, { detail }]) => [key, detail])),
      ...(repairable === 0 ? {} : { repairable }),
    },
  };
}
