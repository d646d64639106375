/** So many failures within so many milliseconds open a circuit. */
export const FAILURES_MAX = 5;
export const WITHIN_MS = 60_000;
/** How long an open circuit lets no call through. */
export const OPEN_MS = 60_000;
/** How long the others wait for what becomes of the one call that tries the account again. */
export const PROBE_MS = 60_000;

/** The failures of an account since it last accepted a dial. Times are milliseconds since 1970. */
export interface Circuit {
  /** The last ones, oldest first; at most {@link FAILURES_MAX}. */
  failedAt: readonly number[];
  /** What the last one was. */
  reason: string;
  /** Null: it is closed, and failures are only counted. */
  openUntil: number | null;
  probeUntil: number | null;
}

/**
 * `closed`: the account dials. `open`: routes pass it over. `half-open`: it has been passed over for long enough, so one
 * call may try it, and what becomes of that decides.
 */
export type CircuitState = 'closed' | 'open' | 'half-open';

export function stateOf({ openUntil, probeUntil }: Circuit, now: number): CircuitState {
  if (openUntil === null) return 'closed';
  if (now < openUntil) return 'open';
  return probeUntil !== null && now < probeUntil ? 'open' : 'half-open';
}

export function afterFailure(circuit: Circuit, reason: string, now: number): Circuit {
  const recent = circuit.failedAt.filter((at) => at > now - WITHIN_MS);
  const failedAt = [...recent, now].slice(-FAILURES_MAX);
  // Once it is open, a single failure keeps it so.
  const opens = circuit.openUntil !== null || failedAt.length === FAILURES_MAX;
  return { failedAt, reason, openUntil: opens ? now + OPEN_MS : null, probeUntil: null };
}

/** One call tries the account now. */
export function probed(circuit: Circuit, now: number): Circuit {
  return { ...circuit, probeUntil: now + PROBE_MS };
}
