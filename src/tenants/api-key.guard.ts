import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { Problem } from '../shared/problem.js';
import { ADMIN_USER_ID, ApiKeys, type Caller } from './api-keys.js';
import { rememberCaller } from './caller.js';
import { ConsoleSessions } from './console-sessions.js';
import { RequestRate } from './request-rate.js';
import { isFromOurPages } from './same-origin.js';
import { sessionTokenOf } from './session-cookie.js';

/** `Authorization: Bearer <key>`, or the cookie of a console session, or 401. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly keys: ApiKeys,
    private readonly sessions: ConsoleSessions,
    private readonly rate: RequestRate,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.authenticate(context.switchToHttp().getRequest<Request>());
    return true;
  }

  protected async authenticate(request: Request): Promise<number> {
    const { authorization, cookie } = request.headers;
    const token = authorization === undefined ? sessionTokenOf(cookie) : null;
    const caller = token ? await this.bySession(token, request) : await this.byKey(authorization);
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

  private async byKey(authorization: string | undefined): Promise<Caller | null> {
    const match = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization ?? '');
    return match?.[1] ? this.keys.authenticate(match[1]) : null;
  }

  private async bySession(token: string, request: Request): Promise<Caller | null> {
    const caller = await this.sessions.find(token);
    if (caller && !isFromOurPages(request)) {
      throw new Problem('forbidden', 'A signed-in browser may do this from our own pages only.');
    }
    // What a browser was told must not be found in its cache after signing out.
    if (caller) request.res?.setHeader('Cache-Control', 'no-store');
    return caller;
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
