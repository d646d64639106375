import { setTimeout as sleep } from 'node:timers/promises';
import type { SimulatedCarrier } from '../../tools/carrier/simulated-carrier.js';
import type { CallJson } from './api.js';
import type { ClusterCalls } from './cluster-calls.js';
import { LONG } from './patience.js';
import { storeQuery } from './store-query.js';

/** How long each of them talks, in milliseconds. */
const TALKS_MS = 3_000;
const EVERY_MS = LONG ? 500 : 2_000;

/** A request for a call, and what came of it; status null: nobody answered. */
export interface Attempt {
  to: string;
  status: number | null;
  runId: number | null;
}

/** New calls, out and in by turns, until it is told to stop. */
export class NewCalls {
  readonly attempts: Attempt[] = [];
  inbound = 0;
  private stopped = false;
  private readonly going: Promise<void>;

  constructor(private readonly cluster: ClusterCalls) {
    this.going = this.go();
  }

  /** Resolves when the last request has been answered; calls may still go on. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.going;
  }

  private async go(): Promise<void> {
    const asked: Array<Promise<void>> = [];
    for (let nth = 0; !this.stopped; nth += 1) {
      if (nth % 2 === 0) asked.push(this.place());
      else this.callIn();
      await sleep(EVERY_MS);
    }
    await Promise.all(asked);
  }

  private async place(): Promise<void> {
    const to = this.cluster.number({ hangUpAfterMs: TALKS_MS });
    const attempt: Attempt = { to, status: null, runId: null };
    this.attempts.push(attempt);
    try {
      const { status, body } = await this.cluster.api.request<CallJson>(
        'POST',
        '/telephony/calls',
        { workflow_id: 1, to },
      );
      attempt.status = status;
      if (status === 201) attempt.runId = body.workflow_run_id;
    } catch {
      // The balancer did not get an answer either.
    }
  }

  private callIn(): void {
    this.inbound += 1;
    this.cluster.instances.carrier.callIn({ behaviour: { hangUpAfterMs: TALKS_MS } });
  }
}

/** What the store says of a call. */
export interface StoredRun {
  runId: number;
  sid: string | null;
  status: string;
  ended: boolean;
  sequences: ReadonlySet<number>;
}

/** Every call of the store behind this URL. */
export async function storedRuns(url: string): Promise<StoredRun[]> {
  const runs = await storeQuery<StoredRow>(
    url,
    'select run_id, provider_call_id, status, ended_at from runs',
  );
  const events = await storeQuery<{ run_id: string; sequence: number | null }>(
    url,
    "select run_id, sequence from call_events where source = 'status-callback'",
  );
  const told = new Map<string, Set<number>>();
  for (const { run_id: runId, sequence } of events) {
    const of = told.get(runId) ?? new Set<number>();
    told.set(runId, of.add(sequence ?? -1));
  }
  return runs.map((row) => ({
    runId: Number(row.run_id),
    sid: row.provider_call_id,
    status: row.status,
    ended: row.ended_at !== null,
    sequences: told.get(row.run_id) ?? new Set<number>(),
  }));
}

interface StoredRow {
  run_id: string;
  provider_call_id: string | null;
  status: string;
  ended_at: string | null;
}

/** Callbacks that were answered with success, and those among them that no call of the store knows. */
export function acknowledgedCallbacks(
  carrier: SimulatedCarrier,
  runs: readonly StoredRun[],
): { acknowledged: number; lost: string[] } {
  const bySid = new Map(runs.map((run) => [run.sid, run]));
  const lost: string[] = [];
  let acknowledged = 0;
  for (const call of carrier.calls) {
    for (const { status, fields } of call.callbacks) {
      if (status === null || status >= 300) continue;
      acknowledged += 1;
      const sequence = Number(fields.find(([name]) => name === 'SequenceNumber')?.[1] ?? -1);
      if (!bySid.get(call.sid)?.sequences.has(sequence)) lost.push(`${call.sid} ${sequence}`);
    }
  }
  return { acknowledged, lost };
}

/** Numbers that were called more than once, though each was to be called once. */
export function dialledTwice(carrier: SimulatedCarrier): string[] {
  const times = new Map<string, number>();
  for (const { direction, to } of carrier.calls) {
    if (direction !== 'inbound') times.set(to, (times.get(to) ?? 0) + 1);
  }
  return [...times].filter(([, count]) => count > 1).map(([to]) => to);
}
