import { sha256 } from '../sha256.js';

/**
 * Identifies a call in traces: its id, and when it was saved, since ids begin at 1
 * in every store.
 */
export interface TracedCall {
  runId: number;
  createdAt: Date;
}

/**
 * How many calls' traces are remembered; log lines about older calls are found only
 * by their run id.
 */
const KEPT = 10_000;

/**
 * The trace id of a call. W3C ids are derived from what they identify, so that
 * no id has to be passed along with a call and a restarted process continues
 * the same trace.
 */
export function traceIdOf({ runId, createdAt }: TracedCall): string {
  return sha256(`patchbay call ${runId} ${createdAt.getTime()}`).slice(0, 32);
}

/** @param key the key of a part of that call; the call itself has the empty key */
export function spanIdOf(traceId: string, key: string): string {
  return sha256(`${traceId} ${key}`).slice(0, 16);
}

/** Which trace each call has, for log lines; empty while nothing is traced. */
export class TraceIds {
  private readonly byRun = new Map<number, string>();

  of(runId: unknown): string | null {
    return typeof runId === 'number' ? (this.byRun.get(runId) ?? null) : null;
  }

  /** Returns the call's trace. */
  note(call: TracedCall): string {
    const known = this.byRun.get(call.runId);
    if (known !== undefined) return known;
    const traceId = traceIdOf(call);
    this.byRun.set(call.runId, traceId);
    if (this.byRun.size > KEPT) {
      const [oldest] = this.byRun.keys();
      if (oldest !== undefined) this.byRun.delete(oldest);
    }
    return traceId;
  }
}

/** A span of another system, as the W3C header `traceparent` names it. */
export interface RemoteSpan {
  traceId: string;
  spanId: string;
}

/** Null where the header is absent, cannot be read, or its sender does not record the span. */
export function remoteSpanOf(traceparent: string | undefined): RemoteSpan | null {
  const [, traceId = '', spanId = '', flags = ''] =
    /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/.exec(
      traceparent ?? '',
    ) ?? [];
  const sampled = (Number.parseInt(flags, 16) & 1) === 1;
  return sampled ? { traceId, spanId } : null;
}
