import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { Refusals } from '../../calls/refusals.js';
import { StoreUnavailableError } from '../../database/store-errors.js';
import { Log } from '../../shared/logger.js';
import { runOfRequest } from '../../shared/run-of-request.js';
import { CarrierRefusal } from './carrier-refusal.js';

/**
 * Carriers receive a short plain text and a status that says whether to try again: never a 500,
 * never HTML, and nothing of what they sent. An error that we did not foresee is our fault and
 * worth a retry, so it is a 503.
 */
@Injectable()
export class TurnAway {
  constructor(
    private readonly refusals: Refusals,
    private readonly log: Log,
  ) {}

  /** Records a refusal, or logs what went wrong, and answers. */
  reply(error: unknown, response: Response): void {
    const refusal =
      error instanceof CarrierRefusal ? error : new CarrierRefusal(503, 'api', 'unavailable');
    if (error instanceof CarrierRefusal) {
      this.refusals.note(error.record);
    } else {
      this.tell(error, response);
    }
    if (response.headersSent) {
      response.end();
      return;
    }
    response.setHeader('Cache-Control', 'no-store');
    if (refusal.httpStatus === 503) response.setHeader('Retry-After', '1');
    const { allow } = refusal;
    if (allow.length > 0) response.setHeader('Allow', allow.join(', '));
    response.status(refusal.httpStatus).type('text/plain').send(refusal.reason);
  }

  private tell(error: unknown, response: Response): void {
    const run = runOfRequest(response.req);
    if (error instanceof StoreUnavailableError) {
      this.log.warn('store.unavailable', { ...run, reason: error.message });
    } else {
      this.log.error('webhook.failed', { ...run, error });
    }
  }
}
