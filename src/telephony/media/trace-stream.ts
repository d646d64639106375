import type { CallRun } from '../../calls/ledger/call-run.js';
import type { Tracer } from '../../shared/tracing/tracer.js';
import { qualityDetail, type StreamSummary } from './stream-summary.js';

const FAILURES: ReadonlySet<string> = new Set(['lost', 'agent-failed', 'protocol']);

/** The stream, and within it the agent's part: from when it was asked to when it was told the end. */
export function traceStream(tracer: Tracer, run: CallRun, summary: StreamSummary): void {
  const { cause, endedAt } = summary;
  const key = `stream ${summary.streamId}`;
  const startedAt = endedAt - summary.durationMs;
  const quality = Object.entries(qualityDetail(summary)).map(([name, value]) => [
    `patchbay.${name}`,
    value,
  ]);
  tracer.record({
    call: run,
    name: 'stream',
    key,
    startedAt,
    endedAt,
    attributes: {
      'patchbay.stream_id': summary.streamId,
      'patchbay.cause': cause,
      'patchbay.close_code': summary.code,
      ...(Object.fromEntries(quality) as Record<string, number | null>),
    },
    failure: FAILURES.has(cause) ? cause : null,
  });
  tracer.record({
    call: run,
    name: 'agent',
    within: key,
    startedAt,
    endedAt,
    attributes: {
      'patchbay.agent': run.agent,
      'patchbay.ready_ms': summary.agentReadyMs === null ? null : Math.round(summary.agentReadyMs),
    },
    failure: cause === 'agent-failed' ? cause : null,
  });
}
