import { Controller, Get, Post, Req, Res, UseFilters, UseGuards } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Log } from '../../shared/logger.js';
import { runOfRequest } from '../../shared/run-of-request.js';
import { CarrierErrorFilter } from './carrier-error.filter.js';
import { CarrierRefusal } from './carrier-refusal.js';
import { carrierPath } from './carrier-routes.js';
import { parseId } from './params.js';
import { SignatureGuard, verifiedWebhook } from './signature.guard.js';
import { TakeWebhook } from './take-webhook.js';

const ACCOUNT_PATHS = ['accounts/:key/:purpose', 'accounts/:key/:purpose/:workflow_run_id'];

/**
 * The carrier-facing webhooks, behind `CarrierEdge`, which lets through what the account's ingress serves. Order of
 * checks: size 413, signature 403, shape 400, run 404, the call's ids 409.
 */
@Controller('api/v1/telephony')
@UseGuards(SignatureGuard)
@UseFilters(CarrierErrorFilter)
export class TelephonyController {
  constructor(
    private readonly webhooks: TakeWebhook,
    private readonly log: Log,
  ) {}

  @Get(['twiml', ...ACCOUNT_PATHS])
  async byGet(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.take(request, response);
  }

  @Post(['twiml', 'status-callback', 'status-callback/:workflow_run_id', ...ACCOUNT_PATHS])
  async byPost(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.take(request, response);
  }

  private async take(request: Request, response: Response): Promise<void> {
    const { purpose = null, runId: text = null } = carrierPath(request.path) ?? {};
    if (purpose === null) throw new Error('a path without a purpose reached the webhooks');
    const runId = text === null ? null : parseId(text);
    if (text !== null && runId === null) {
      throw new CarrierRefusal(400, 'status-callback', 'malformed-run-id');
    }
    const webhook = verifiedWebhook(request);
    // A HEAD request, which Express routes to GET: the same checks, and nothing changes for a call.
    const { status, contentType, body } =
      request.method === 'HEAD'
        ? this.webhooks.check(webhook, purpose, runId)
        : await this.webhooks.take(webhook, purpose, runId);
    if (response.headersSent) {
      // It took longer than a carrier waits, which was told to repeat it; a repetition changes nothing.
      this.log.warn('webhook.late', { ...runOfRequest(request), purpose });
      return;
    }
    response.status(status).setHeader('Cache-Control', 'no-store');
    if (contentType !== null) response.setHeader('Content-Type', contentType);
    response.end(body);
  }
}
