import {
  BadRequestException,
  Catch,
  NotFoundException,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import type { CarrierEdge } from './carrier-edge.js';

/**
 * Answers requests that no route takes: carriers in their form, and all others in the form of the
 * API. Nest itself throws these two errors: for a path that it does not know, and for one that it
 * cannot read.
 */
@Catch()
export class UnroutedFilter implements ExceptionFilter {
  constructor(
    private readonly edge: CarrierEdge,
    private readonly others: (error: unknown, host: ArgumentsHost) => void,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const isUnrouted = error instanceof NotFoundException || error instanceof BadRequestException;
    if (isUnrouted && this.edge.isCarriers(request)) {
      void this.edge.refuseUnrouted(request, host.switchToHttp().getResponse<Response>());
    } else {
      this.others(error, host);
    }
  }
}
