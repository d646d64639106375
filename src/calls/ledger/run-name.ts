import type { ExpressionBuilder } from 'kysely';
import type { Tables } from '../../database/schema.js';

/** How a run is identified: by our id, or by the carrier's. */
export type RunName = { runId: number } | { account: string; callId: string };

/** A carrier's id in one text. */
export function callKey(account: string, callId: string): string {
  return `${account} ${callId}`;
}

/** A run that a change may put into the queue of another account. */
export interface RequeuedRun {
  runId: number;
  requeues: true;
}

/** The condition of a query for the run of that name. */
export function isNamed(is: ExpressionBuilder<Tables, 'runs'>, name: RunName) {
  return 'runId' in name
    ? is('run_id', '=', name.runId)
    : is.and({ account_key: name.account, provider_call_id: name.callId });
}

/** By which of the two: names of one kind lead to conditions of one form. */
export function wayTo(name: RunName): 'id' | 'call' {
  return 'runId' in name ? 'id' : 'call';
}

/** The values of that condition, in order. */
export function valuesOf(name: RunName): unknown[] {
  return 'runId' in name ? [name.runId] : [name.account, name.callId];
}

/** The same condition for the runs of many names; at least one. Equal keys, equal text. */
export function among(names: readonly RunName[]) {
  const runIds = [...new Set(names.flatMap((name) => ('runId' in name ? [name.runId] : [])))];
  const callsOf = new Map<string, string[]>();
  for (const name of names) {
    if ('runId' in name) continue;
    callsOf.set(name.account, [...(callsOf.get(name.account) ?? []), name.callId]);
  }
  const calls = [...callsOf];
  return {
    key: `runs ${[runIds, ...calls.map(([, callIds]) => callIds)].map(({ length }) => length).join()}`,
    values: [...runIds, ...calls.flatMap(([account, callIds]) => [account, ...callIds])],
    condition: (is: ExpressionBuilder<Tables, 'runs'>) =>
      is.or([
        ...(runIds.length > 0 ? [is('run_id', 'in', runIds)] : []),
        ...calls.map(([account, callIds]) =>
          is.and([is('account_key', '=', account), is('provider_call_id', 'in', callIds)]),
        ),
      ]),
  };
}
