import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Log } from '../shared/logger.js';
import { CallCensus } from './call-census.js';

/**
 * Logs two lines for every call: that it exists, and how it ended. What happens in
 * between is in its timeline.
 */
@Injectable()
export class CallLog implements OnModuleInit {
  constructor(
    private readonly census: CallCensus,
    private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.census.onBegin((run) => {
      this.log.info('call.saved', {
        workflow_run_id: run.runId,
        workflow_id: run.workflowId,
        provider: run.provider,
        direction: run.direction,
        simulated: run.simulated,
      });
    });
    this.census.onEnd((run) => {
      this.log.info('call.ended', {
        workflow_run_id: run.runId,
        call_id: run.providerCallId,
        status: run.status,
        end_reason: run.endReason,
        duration_seconds: run.durationSeconds,
      });
    });
  }
}
