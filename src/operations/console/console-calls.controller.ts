import { Controller, Get, Header, Query, UseGuards } from '@nestjs/common';
import { callJson } from '../../calls/call-json.js';
import { EndedCalls, type CallOutcome } from '../../calls/ended-calls.js';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import { CallList } from '../../calls/ledger/call-list.js';
import { LiveFigures, type StreamFigures } from '../../calls/streams/live-figures.js';
import type { LiveQuality } from '../../calls/streams/live-sessions.js';
import { Whereabouts } from '../../calls/streams/whereabouts.js';
import { Refusals, type RecordedRefusal } from '../../calls/refusals.js';
import { Clock } from '../../shared/clock.js';
import { IdParam } from '../../shared/id-param.js';
import { notFound } from '../../shared/problem.js';
import { ApiKeyGuard } from '../../tenants/api-key.guard.js';
import type { Caller } from '../../tenants/api-keys.js';
import { CurrentCaller } from '../../tenants/caller.js';
import { OutcomesDto } from './outcomes.dto.js';

/** More calls than fit on a screen; the rest is in the history. */
const LIVE_MAX = 500;
/** More causes than anybody reads at a time. */
const OUTCOMES_MAX = 20;
const HOUR_MS = 3_600_000;

/** What the console shows about calls beyond the public API. */
@Controller('console/api')
@UseGuards(ApiKeyGuard)
export class ConsoleCallsController {
  constructor(
    private readonly calls: CallList,
    private readonly ledger: CallLedger,
    private readonly figures: LiveFigures,
    private readonly whereabouts: Whereabouts,
    private readonly refusals: Refusals,
    private readonly ended: EndedCalls,
    private readonly clock: Clock,
  ) {}

  /** The user's calls that are not over, newest first, each with its live stream. */
  @Get('live')
  @Header('Cache-Control', 'no-store')
  async live(@CurrentCaller() caller: Caller) {
    const runs = await this.calls.live(caller.userId, LIVE_MAX);
    const figures = await this.figures.of(runs);
    return {
      data: runs.map((run) => {
        const stream = figures.get(run.runId);
        return {
          ...callJson(run, this.whereabouts.of(run)),
          stream: stream ? streamJson(stream) : null,
        };
      }),
    };
  }

  /** How many of the user's calls ended for these reasons lately, by cause. */
  @Get('outcomes')
  @Header('Cache-Control', 'no-store')
  async outcomes(@CurrentCaller() caller: Caller, @Query() query: OutcomesDto) {
    const since = new Date(this.clock.now().getTime() - query.hours * HOUR_MS);
    const found = await this.ended.byCause(caller.userId, query.end_reason, since);
    return {
      data: found.outcomes.slice(0, OUTCOMES_MAX).map(outcomeJson),
      complete: found.complete && found.outcomes.length <= OUTCOMES_MAX,
    };
  }

  /** Refused requests about this call, oldest first, as far as they are kept. */
  @Get('calls/:workflow_run_id/refusals')
  @Header('Cache-Control', 'no-store')
  async refusalsOf(@CurrentCaller() caller: Caller, @IdParam('workflow_run_id') runId: number) {
    const run = await this.ledger.find({ runId });
    if (run?.userId !== caller.userId) throw notFound('call');
    return { data: (await this.refusals.ofRun(runId)).map(refusalJson) };
  }
}

function streamJson({ streamId, silentMs, quality }: StreamFigures) {
  return { stream_id: streamId, silent_ms: silentMs, quality: qualityJson(quality) };
}

function qualityJson(quality: LiveQuality) {
  return {
    frames_in: quality.framesIn,
    frames_out: quality.framesOut,
    filled_ms: quality.filledMs,
    frames_late: quality.framesLate,
    jitter_ms: Math.round(quality.jitterMs * 10) / 10,
    /** The longest between two frames within the last seconds. */
    recent_gap_ms: quality.recentPauseMs,
    first_audio_ms: quality.firstAudioMs === null ? null : Math.round(quality.firstAudioMs),
  };
}

function outcomeJson(outcome: CallOutcome) {
  return {
    end_reason: outcome.endReason,
    cause: outcome.cause,
    workflow_id: outcome.workflowId,
    count: outcome.count,
    last_run_id: outcome.lastRunId,
    last_at: outcome.lastAt.toISOString(),
  };
}

function refusalJson(refusal: RecordedRefusal) {
  return {
    refusal_id: refusal.refusalId,
    surface: refusal.surface,
    reason: refusal.reason,
    http_status: refusal.httpStatus,
    refused_at: refusal.refusedAt.toISOString(),
  };
}
