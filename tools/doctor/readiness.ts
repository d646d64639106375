import type { HealthReport } from '../../src/operations/health/health-report.js';
import { asSentence } from '../../src/shared/sentence.js';
import type { CheckJson, DiagnosisJson } from './ask.js';

type Readiness = Awaited<ReturnType<HealthReport['ready']>>;

/** It is answered without asking anybody, so a hang is one. */
const REPLY_MS = 10_000;

const TITLES: Record<string, string> = {
  store: 'The store',
  draining: 'Taking new calls',
  public_url: 'The public address',
  carriers: 'The carrier',
};

/**
 * What `/health/ready` tells without a key, in the form of a diagnosis. Null
 * if the reply is not a gateway's.
 */
export async function askReadiness(url: string): Promise<DiagnosisJson | null> {
  const startedAt = new Date().toISOString();
  const began = performance.now();
  let report: Partial<Readiness>;
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(REPLY_MS) });
    report = Object(await response.json()) as Partial<Readiness>;
  } catch {
    return null;
  }
  const { status, reasons, warnings, store } = report;
  if (status === undefined || !Array.isArray(reasons) || !Array.isArray(warnings)) return null;
  const fixes: Record<string, string | null> = {
    store: store?.fix ?? null,
    draining: 'Ask another instance, or wait for its end and start it anew.',
  };
  const checkOf =
    (found: 'down' | 'warn') =>
    (told: string): CheckJson => {
      const [, name = 'health', seen = told] = /^(\w+): (.*)$/s.exec(told) ?? [];
      return {
        name,
        title: TITLES[name] ?? name,
        group: 'Set-up',
        status: found,
        seen: asSentence(seen),
        fix: fixes[name] ?? null,
        detail: {},
        duration_ms: 0,
      };
    };
  return {
    status,
    started_at: startedAt,
    duration_ms: Math.round(performance.now() - began),
    checks: [...reasons.map(checkOf('down')), ...warnings.map(checkOf('warn'))],
  };
}
