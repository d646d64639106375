import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Tracer } from '../shared/tracing/tracer.js';
import { CallCensus } from './call-census.js';

/** Tells of a call as a whole when it has ended; its parts are told by who carried them out. */
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
        // By the same clock as its beginning; the carrier's may show another time.
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
