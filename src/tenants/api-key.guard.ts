import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { Problem } from '../shared/problem.js';
import { ADMIN_USER_ID, ApiKeys } from './api-keys.js';
import { rememberCaller } from './caller.js';
import { RequestRate } from './request-rate.js';

/** `Authorization: Bearer <key>` or 401. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly keys: ApiKeys,
    private readonly rate: RequestRate,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.authenticate(context.switchToHttp().getRequest<Request>());
    return true;
  }

  protected async authenticate(request: Request): Promise<number> {
    const match = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(request.headers.authorization ?? '');
    const caller = match?.[1] ? await this.keys.authenticate(match[1]) : null;
    if (!caller) {
      throw new Problem(
        'unauthorized',
        'Send a valid API key in the header "Authorization: Bearer <key>".',
      );
    }
    await this.rate.count(caller.keyId);
    rememberCaller(request, caller);
    return caller.userId;
  }
}

/** The same, and the key must be user 1's; to anyone else the route does not exist. */
@Injectable()
export class AdminGuard extends ApiKeyGuard {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const userId = await this.authenticate(request);
    if (userId !== ADMIN_USER_ID) {
      throw new Problem('not_found', 'There is no such page, or it is not yours to see.');
    }
    return true;
  }
}
