import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Tracer } from '../shared/tracing/tracer.js';
import { CallCensus } from './call-census.js';

/**
 * Reports the span of a whole call when it has ended; the code that carries out its
 * parts reports their spans.
 */
@Injectable()
export class CallTraces implements OnModuleInit {
  constructor(
    private readonly census: CallCensus,
    private readonly tracer: Tracer,
  ) {}

  onModuleInit(): void {
    this.census.onBegin((run) => this.tracer.begin(run));
    this.census.onEnd((run) => {
      this.tracer.record({
        call: run,
        name: 'call',
        startedAt: run.createdAt.getTime(),
        // The end is timed by the same clock as the beginning; the carrier's clock may differ.
        endedAt: run.updatedAt.getTime(),
        attributes: {
          'patchbay.workflow_id': run.workflowId,
          'patchbay.call_id': run.providerCallId,
          'patchbay.provider': run.provider,
          'patchbay.direction': run.direction,
          'patchbay.status': run.status,
          'patchbay.end_reason': run.endReason,
          'patchbay.duration_seconds': run.durationSeconds,
          'patchbay.agent': run.agent,
        },
        failure: run.status === 'failed' ? (run.endReason ?? 'unknown') : null,
      });
    });
  }
}
