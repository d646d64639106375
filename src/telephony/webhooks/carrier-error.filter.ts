import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { TurnAway } from './turn-away.js';

/** Everything that goes wrong behind the carriers' routes is told in the carriers' way. */
@Catch()
export class CarrierErrorFilter implements ExceptionFilter {
  constructor(private readonly turnAway: TurnAway) {}

  catch(error: unknown, host: ArgumentsHost): void {
    this.turnAway.reply(error, host.switchToHttp().getResponse<Response>());
  }
}
