import type { Request } from 'express';

/**
 * The call that a request names in its path or query, for the log; nothing where
 * it names none. What is no id is not repeated.
 */
export function runOfRequest(request: Request): { workflow_run_id?: number } {
  const named = request.params?.['workflow_run_id'] ?? request.query['workflow_run_id'];
  const runId = typeof named === 'string' && /^[1-9]\d{0,15}$/.test(named) ? Number(named) : null;
  return runId === null ? {} : { workflow_run_id: runId };
}
