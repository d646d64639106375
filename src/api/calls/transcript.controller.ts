import { Controller, Get, Query, Req, Res, UseGuards, UseInterceptors } from '@nestjs/common';
import type { Request, Response } from 'express';
import { CallLedger } from '../../calls/ledger/call-ledger.js';
import {
  asText,
  asVtt,
  type TranscriptFormat,
} from '../../calls/transcripts/transcript-formats.js';
import { Transcripts } from '../../calls/transcripts/transcripts.js';
import { IdParam } from '../../shared/id-param.js';
import { notFound } from '../../shared/problem.js';
import { ApiKeyGuard } from '../../tenants/api-key.guard.js';
import type { Caller } from '../../tenants/api-keys.js';
import { CurrentCaller } from '../../tenants/caller.js';
import { AuditInterceptor } from '../audit/audit.interceptor.js';
import { TranscriptDto } from './transcript.dto.js';

const TYPES: Readonly<Record<TranscriptFormat, string>> = {
  json: 'application/json',
  txt: 'text/plain',
  vtt: 'text/vtt',
};
const FORMATS: Readonly<Record<string, TranscriptFormat>> = {
  [TYPES.json]: 'json',
  [TYPES.txt]: 'txt',
  [TYPES.vtt]: 'vtt',
};

/** What was said on a call, in words. */
@Controller('api/v1/telephony/calls')
@UseGuards(ApiKeyGuard)
@UseInterceptors(AuditInterceptor)
export class TranscriptController {
  constructor(
    private readonly ledger: CallLedger,
    private readonly transcripts: Transcripts,
  ) {}

  /** The transcript so far, also while the call goes on. */
  @Get(':workflow_run_id/transcript')
  async get(
    @CurrentCaller() caller: Caller,
    @IdParam('workflow_run_id') runId: number,
    @Query() query: TranscriptDto,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const run = await this.ledger.find({ runId });
    if (run?.userId !== caller.userId) throw notFound('call');
    if (!run.transcribed || run.erasedAt !== null) throw notFound('transcript');
    const lines = await this.transcripts.of(runId);
    const format = query.format ?? formatOf(request);
    response.set('Cache-Control', 'private, no-store').vary('Accept');
    switch (format) {
      case 'txt':
        response.type(`${TYPES.txt}; charset=utf-8`).send(asText(lines));
        return;
      case 'vtt':
        response.type(`${TYPES.vtt}; charset=utf-8`).send(asVtt(lines));
        return;
      case 'json':
        response.json({
          data: lines.map(({ atMs, speaker, text, final }) => {
            return { at_ms: atMs, speaker, text, final };
          }),
        });
        return;
      default:
        format satisfies never;
    }
  }
}

/** JSON where several will do, or none. */
function formatOf(request: Request): TranscriptFormat {
  const accepted = request.accepts(Object.values(TYPES));
  return (typeof accepted === 'string' ? FORMATS[accepted] : undefined) ?? 'json';
}
