import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { Refusals } from '../../calls/refusals.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import { Log } from '../../shared/logger.js';
import { runOfRequest } from '../../shared/run-of-request.js';
import { CarrierRefusal } from './carrier-refusal.js';

/**
 * Carriers get a short plain text and a status that tells them whether to try
 * again: never a 500, never HTML. Whatever we did not foresee is our fault and
 * worth a retry, so it is a 503.
 */
@Catch()
export class CarrierErrorFilter implements ExceptionFilter {
  constructor(
    private readonly refusals: Refusals,
    private readonly log: Log,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const run = runOfRequest(response.req);
    const refusal =
      error instanceof CarrierRefusal ? error : new CarrierRefusal(503, 'api', 'unavailable');
    if (error instanceof CarrierRefusal) {
      this.refusals.note({
        surface: error.surface,
        reason: error.reason,
        httpStatus: error.httpStatus,
        runId: error.runId,
        detail: error.refusalDetail,
      });
    } else if (error instanceof StoreUnavailableError) {
      this.log.warn('store.unavailable', { ...run, reason: error.message });
    } else {
      this.log.error('webhook.failed', { ...run, error });
    }
    if (response.headersSent) {
      response.end();
      return;
    }
    response.setHeader('Cache-Control', 'no-store');
    if (refusal.httpStatus === 503) response.setHeader('Retry-After', '1');
    response.status(refusal.httpStatus).type('text/plain').send(refusal.reason);
  }
}
