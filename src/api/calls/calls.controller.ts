import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Post,
  Query,
  Req,
  Res,
  StreamableFile,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { callJson, eventJson } from '../../calls/call-json.js';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import { CallList, type CallFilter } from '../../calls/ledger/call-list.js';
import { cursorOfId } from '../../calls/ledger/feed-place.js';
import type { CallRun, ShownRun } from '../../calls/ledger/call-run.js';
import { isTerminal } from '../../calls/ledger/call-status.js';
import { RecordingStoreError } from '../../calls/recordings/recording-store.js';
import { Recordings } from '../../calls/recordings/recordings.js';
import { Whereabouts } from '../../calls/streams/whereabouts.js';
import { Log } from '../../shared/logger.js';
import { maskParty } from '../../shared/party.js';
import { invalidField, notFound, Problem } from '../../shared/problem.js';
import { remoteSpanOf } from '../../shared/tracing/trace-ids.js';
import { Tracer } from '../../shared/tracing/tracer.js';
import { ApiKeyGuard } from '../../tenants/api-key.guard.js';
import type { Caller } from '../../tenants/api-keys.js';
import { CurrentCaller } from '../../tenants/caller.js';
import { AuditInterceptor } from '../audit/audit.interceptor.js';
import { IdParam } from '../../shared/id-param.js';
import { HangUpCall } from '../../control/hang-up-call.js';
import { EraseCall } from './erase-call.js';
import { ExportCalls } from './export-calls.js';
import { ListCallsDto } from './list-calls.dto.js';
import { PlaceCallDto } from './place-call.dto.js';
import { PlaceCall } from './place-call.js';
import { RecordingDto } from './recording.dto.js';
import { TransferCallDto } from './transfer-call.dto.js';
import { TransferOnRequest } from './transfer-on-request.js';
import { sendRecording } from './send-recording.js';
import { StreamCalls } from './stream-calls.js';

/** When a store of recordings that failed may be asked again. */
const RETRY_AFTER_SECONDS = 5;

const JSON_TYPE = 'application/json';
const CSV_TYPE = 'text/csv';

/** Our users place, see and end calls. */
@Controller('api/v1/telephony/calls')
@UseGuards(ApiKeyGuard)
@UseInterceptors(AuditInterceptor)
export class CallsController {
  constructor(
    private readonly placeCall: PlaceCall,
    private readonly hangUpCall: HangUpCall,
    private readonly transferOnRequest: TransferOnRequest,
    private readonly eraseCall: EraseCall,
    private readonly streamCalls: StreamCalls,
    private readonly exportCalls: ExportCalls,
    private readonly ledger: CallLedger,
    private readonly calls: CallList,
    private readonly whereabouts: Whereabouts,
    private readonly recordings: Recordings,
    private readonly tracer: Tracer,
    private readonly log: Log,
  ) {}

  @Post()
  async place(
    @CurrentCaller() caller: Caller,
    @Body() body: PlaceCallDto,
    @Headers('idempotency-key') key: string | undefined,
    @Headers('traceparent') traceparent: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ) {
    if (key !== undefined && !/^[\x21-\x7e]{1,255}$/.test(key)) {
      throw invalidField('Idempotency-Key', 'must be 1 to 255 visible ASCII characters');
    }
    const startedAt = Date.now();
    const { run, created } = await this.placeCall.place(caller.userId, body, key ?? null);
    const askedBy = remoteSpanOf(traceparent);
    if (askedBy)
      this.tracer.record({ call: run, name: 'place', kind: 'server', startedAt, askedBy });
    response.status(created ? 201 : 200);
    return this.json(run);
  }

  /** A page as JSON, or every page as CSV. */
  @Get()
  async list(
    @CurrentCaller() caller: Caller,
    @Query() query: ListCallsDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const filter = filterOf(caller, query);
    const show = query.mask_numbers === true ? masked : unmasked;
    if (request.accepts([JSON_TYPE, CSV_TYPE]) === CSV_TYPE) {
      return csvReply(response, await this.exportCalls.begin(filter, show));
    }
    // One more row than requested shows whether there is a next page.
    const runs = await this.calls.find({ ...filter, limit: query.limit + 1 });
    const page = runs.slice(0, query.limit);
    const last = runs.length > query.limit ? page.at(-1) : undefined;
    return {
      data: page.map((run) => this.json(show(run))),
      next_cursor: last ? encodeCursor(last.runId) : null,
    };
  }

  /**
   * Server-sent events: `event: call`, with the call as data and, as `id`, its place among all
   * changes.
   */
  @Get('stream')
  async stream(
    @CurrentCaller() caller: Caller,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const after = lastEventId === undefined ? undefined : cursorOfId(lastEventId);
    if (after === null) throw invalidField('Last-Event-ID', 'must be the id of an event');
    await this.streamCalls.open(caller.userId, after ?? null, request, response);
  }

  @Get(':workflow_run_id')
  async get(@CurrentCaller() caller: Caller, @IdParam('workflow_run_id') runId: number) {
    const run = await this.owned(caller, runId);
    const events = await this.ledger.events(runId);
    return { ...this.json(run), events: events.map(eventJson) };
  }

  @Post(':workflow_run_id/hangup')
  @HttpCode(200)
  async hangUp(@CurrentCaller() caller: Caller, @IdParam('workflow_run_id') runId: number) {
    await this.owned(caller, runId);
    return this.json(await this.hangUpCall.hangUp(runId));
  }

  /** Has a person called in the agent's place; the reply comes before that person's phone rings. */
  @Post(':workflow_run_id/transfer')
  @HttpCode(202)
  async transfer(
    @CurrentCaller() caller: Caller,
    @IdParam('workflow_run_id') runId: number,
    @Body() body: TransferCallDto,
  ) {
    const run = await this.owned(caller, runId);
    return this.json(await this.transferOnRequest.begin(run, body));
  }

  /** Erases the personal data of an ended call; its timeline stays. */
  @Delete(':workflow_run_id')
  @HttpCode(204)
  async erase(
    @CurrentCaller() caller: Caller,
    @IdParam('workflow_run_id') runId: number,
  ): Promise<void> {
    const { status } = await this.owned(caller, runId);
    if (!isTerminal(status)) {
      throw new Problem('conflict', 'The call is in progress. Hang it up first.');
    }
    await this.orUnavailable(runId, this.eraseCall.erase(runId));
  }

  /** The recording so far, whole or in ranges, also while the call goes on. */
  @Get(':workflow_run_id/recording')
  async recording(
    @CurrentCaller() caller: Caller,
    @IdParam('workflow_run_id') runId: number,
    @Query() { encoding }: RecordingDto,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { erasedAt } = await this.owned(caller, runId);
    const recording = erasedAt === null ? await this.recordings.find(runId, encoding) : null;
    if (!recording) throw notFound('recording');
    await this.orUnavailable(
      runId,
      sendRecording(request, response, recording, `call-${runId}.wav`),
    );
  }

  /** The failure of the store of recordings is told as such; what it is, is in the log alone. */
  private async orUnavailable(runId: number, work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      if (!(error instanceof RecordingStoreError)) throw error;
      this.log.error('recording.store_failed', { workflow_run_id: runId, error });
      throw new Problem('store_unavailable', 'The store of recordings does not answer.', {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
  }

  /** Another user's call gets the same answer as a call that does not exist. */
  private async owned(caller: Caller, runId: number): Promise<CallRun> {
    const run = await this.ledger.find({ runId });
    if (run?.userId !== caller.userId) throw notFound('call');
    return run;
  }

  private json(run: ShownRun) {
    return callJson(run, this.whereabouts.of(run));
  }
}

function filterOf(caller: Caller, query: ListCallsDto): Omit<CallFilter, 'limit'> {
  return {
    userId: caller.userId,
    status: query.status,
    endReasons: query.end_reason,
    direction: query.direction,
    workflowId: query.workflow_id,
    number: query.number,
    said: query.q,
    providerCallId: query.provider_call_id,
    account: query.account,
    fromTime: query.from_time === undefined ? undefined : new Date(query.from_time),
    toTime: query.to_time === undefined ? undefined : new Date(query.to_time),
    before: query.cursor === undefined ? undefined : decodeCursor(query.cursor),
  };
}

/** If the store fails on the way the connection breaks, so that nobody takes a part for the whole. */
function csvReply(response: Response, lines: AsyncIterable<string>): StreamableFile {
  response.set('Cache-Control', 'no-store');
  return new StreamableFile(Readable.from(lines), {
    type: `${CSV_TYPE}; charset=utf-8; header=present`,
    disposition: 'attachment; filename="calls.csv"',
  })
    .setErrorHandler(() => response.destroy())
    .setErrorLogger(() => undefined);
}

const unmasked = (run: ShownRun): ShownRun => run;

function masked(run: ShownRun): ShownRun {
  return { ...run, from: maskParty(run.from), to: maskParty(run.to) };
}

function encodeCursor(runId: number): string {
  return Buffer.from(String(runId)).toString('base64url');
}

function decodeCursor(cursor: string): number {
  const runId = Number(Buffer.from(cursor, 'base64url').toString());
  if (!Number.isSafeInteger(runId) || runId < 1) {
    throw invalidField('cursor', 'must be the next_cursor of a page');
  }
  return runId;
}
