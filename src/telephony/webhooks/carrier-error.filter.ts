import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { TurnAway } from './turn-away.js';

/** Reports every error behind the carriers' routes in the form that carriers expect. */
@Catch()
export class CarrierErrorFilter implements ExceptionFilter {
  constructor(private readonly turnAway: TurnAway) {}

  catch(error: unknown, host: ArgumentsHost): void {
    this.turnAway.reply(error, host.switchToHttp().getResponse<Response>());
  }
}
