import {
  Controller,
  Get,
  Header,
  HttpCode,
  Param,
  Post,
  Req,
  Res,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { AnswerCall } from './answer-call.js';
import { CarrierErrorFilter } from './carrier-error.filter.js';
import { CarrierRefusal } from './carrier-refusal.js';
import { parseId } from './params.js';
import { RecordCallback } from './record-callback.js';
import { SignatureGuard, verifiedWebhook } from './signature.guard.js';

/** The carrier-facing webhooks, behind `CarrierEdge`. Order of checks: size 413, signature 403, shape 400, run 404, CallSid 409. */
@Controller('api/v1/telephony')
@UseGuards(SignatureGuard)
@UseFilters(CarrierErrorFilter)
export class TelephonyController {
  constructor(
    private readonly answerCall: AnswerCall,
    private readonly recordCallback: RecordCallback,
  ) {}

  @Get('twiml')
  async answerByGet(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.answer(request, response);
  }

  @Post('twiml')
  async answerByPost(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.answer(request, response);
  }

  @Post('status-callback')
  @HttpCode(204)
  @Header('Cache-Control', 'no-store')
  async numberCallback(@Req() request: Request): Promise<void> {
    await this.recordCallback.record(verifiedWebhook(request), null);
  }

  @Post('status-callback/:workflow_run_id')
  @HttpCode(204)
  @Header('Cache-Control', 'no-store')
  async runCallback(
    @Req() request: Request,
    @Param('workflow_run_id') runId: string,
  ): Promise<void> {
    const id = parseId(runId);
    if (id === null) throw new CarrierRefusal(400, 'status-callback', 'malformed-run-id');
    await this.recordCallback.record(verifiedWebhook(request), id);
  }

  private async answer(request: Request, response: Response): Promise<void> {
    const webhook = verifiedWebhook(request);
    // HEAD, which Express leads here: the same checks, and nothing changes for a call.
    const instruction =
      request.method === 'HEAD'
        ? this.answerCall.check(webhook)
        : await this.answerCall.answer(webhook);
    const { contentType, body } = webhook.provider.renderAnswer(instruction);
    response.status(200).setHeader('Content-Type', contentType);
    response.setHeader('Cache-Control', 'no-store');
    response.end(body);
  }
}
