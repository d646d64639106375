import { redact } from '../shared/redact.js';
import { down, type Check, type CheckResult, type CheckStatus, type Finding } from './check.js';
import { ofEachAccount } from './each-account.js';
import type { Examination } from './examination.js';

/** Time for a look-up, a handshake and a reply, each with the limit of `Outside`. */
const LIMIT_MS = 16_000;

/** Called for every event of a check, in the order in which they happen. Must not throw. */
export interface RunListener {
  started(check: Pick<Check, 'name' | 'title' | 'group'>): void;
  finished(result: CheckResult): void;
}

/** What a run itself needs of an examination. */
export type Run = Pick<Examination, 'signal' | 'accounts'>;

/**
 * Runs all checks in parallel and resolves with their results, in the
 * order of the list. Never rejects: a check that throws or takes too long is
 * down. After an abort the remaining checks are given up at once.
 */
export async function runChecks<Needs extends Run>(
  checks: ReadonlyArray<Check<Needs>>,
  examination: Needs,
  listener: RunListener,
): Promise<CheckResult[]> {
  return Promise.all(
    checks.map(async (check) => {
      listener.started(check);
      const began = performance.now();
      const finding = await lookWithin(check, examination);
      const { name, title, group } = check;
      const durationMs = Math.round(performance.now() - began);
      const result = { name, title, group, ...finding, durationMs };
      listener.finished(result);
      return result;
    }),
  );
}

/** The worst of what was found. */
export function worstOf(
  results: ReadonlyArray<Pick<CheckResult, 'status'>>,
): Exclude<CheckStatus, 'skipped'> {
  if (results.some(({ status }) => status === 'down')) return 'down';
  return results.some(({ status }) => status === 'warn') ? 'warn' : 'up';
}

async function lookWithin<Needs extends Run>(
  check: Check<Needs>,
  examination: Needs,
): Promise<Finding> {
  const limitMs = check.limitMs?.(examination) ?? LIMIT_MS;
  // Everything that the check has open ends with it, even if the check was too late.
  const ending = new AbortController();
  const signal = AbortSignal.any([examination.signal, ending.signal]);
  let timer: NodeJS.Timeout | undefined;
  let onAbort: () => void = () => undefined;
  const givenUp = new Promise<Finding>((resolve) => {
    timer = setTimeout(() => {
      resolve(
        down(
          `The check did not end within ${limitMs / 1000} s.`,
          'Look at what the other checks say, and run the doctor again.',
        ),
      );
    }, limitMs);
    onAbort = () => resolve(down('The run was ended early.', 'Run the doctor again.'));
    examination.signal.addEventListener('abort', onAbort);
    if (examination.signal.aborted) onAbort();
  });
  try {
    return await Promise.race([lookAt(check, { ...examination, signal }), givenUp]);
  } finally {
    clearTimeout(timer);
    examination.signal.removeEventListener('abort', onAbort);
    ending.abort();
  }
}

/** A check that throws at one account has still looked at the others. */
async function lookAt<Needs extends Run>(
  check: Check<Needs>,
  examination: Needs,
): Promise<Finding> {
  const { accounts } = examination;
  const look = async (at: object = {}): Promise<Finding> => check.look({ ...examination, ...at });
  if (check.perAccount !== true || accounts.length < 2) return look().catch(findingOf);
  return ofEachAccount(
    await Promise.all(
      accounts.map(async (one): Promise<[string, Finding]> => {
        return [one.provider.key, await look(one).catch(findingOf)];
      }),
    ),
  );
}

function findingOf(error: unknown): Finding {
  const { name, message, code } = Object(redact({ error })['error']) as Record<string, unknown>;
  const what = [message, code].filter((part) => typeof part === 'string' && part !== '');
  return down(
    `The check failed: ${what.length > 0 ? what.join(', ') : 'no reason given'}.`,
    'Look at the log of the service for what went wrong at this time.',
    { error: typeof name === 'string' ? name : 'unknown' },
  );
}
