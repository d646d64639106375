import type { CheckResult } from './check.js';
import type { Diagnosis } from './doctor.js';

export function checkJson(result: CheckResult) {
  const { durationMs, ...rest } = result;
  return { ...rest, duration_ms: durationMs };
}

export function diagnosisJson({ status, startedAt, durationMs, checks }: Diagnosis) {
  return {
    status,
    started_at: startedAt.toISOString(),
    duration_ms: durationMs,
    checks: checks.map(checkJson),
  };
}
