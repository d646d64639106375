import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { tap, type Observable } from 'rxjs';
import { Log } from '../../shared/logger.js';
import { SAFE_METHODS } from '../../shared/safe-methods.js';
import { AuditLog } from '../../tenants/audit-log.js';
import { callerOf } from '../../tenants/caller.js';
import { namedSubject } from './audit-subject.js';

/** Records every change made through our API, after it was made. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    private readonly audit: AuditLog,
    private readonly log: Log,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    if (SAFE_METHODS.has(request.method)) return next.handle();
    return next.handle().pipe(
      tap((body: unknown) => {
        const { statusCode } = http.getResponse<Response>();
        const route: unknown = request.route;
        const path = isRoute(route) ? route.path : request.path;
        this.audit
          .note(
            callerOf(request),
            `${request.method} ${path}`,
            { ...idsOf(request.params), ...idsOf(body), ...namedSubject(request) },
            statusCode,
          )
          .catch((error: unknown) => this.log.error('audit.not_written', { error }));
      }),
    );
  }
}

function isRoute(route: unknown): route is { path: string } {
  return typeof route === 'object' && route !== null && 'path' in route;
}

/** Ids only: everything else may be personal. */
function idsOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => /^\w+_id$/.test(name) && name !== 'provider_call_id'),
  );
}
