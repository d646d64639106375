import type { Request } from 'express';

/**
 * The call that a request names in its path or query, for the log; empty where
 * it names none. A value that is not an id is not repeated.
 */
export function runOfRequest(request: Request): { workflow_run_id?: number } {
  const named = request.params?.['workflow_run_id'] ?? request.query['workflow_run_id'];
  const runId = typeof named === 'string' && /^[1-9]\d{0,15}$/.test(named) ? Number(named) : null;
  return runId === null ? {} : { workflow_run_id: runId };
}
