import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { Instance, INSTANCE_HEADER } from '../cluster/instance.js';
import { Problem } from '../shared/problem.js';
import { ADMIN_USER_ID } from './api-keys.js';
import { rememberCaller } from './caller.js';
import { Credentials } from './credentials.js';
import { RequestRate } from './request-rate.js';
import { isFromOurPages } from './same-origin.js';

/** `Authorization: Bearer <key>`, or the cookie of a console session, or 401. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(
    private readonly credentials: Credentials,
    private readonly rate: RequestRate,
    private readonly instance: Instance,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    await this.authenticate(context.switchToHttp().getRequest<Request>());
    return true;
  }

  protected async authenticate(request: Request): Promise<number> {
    const identified = await this.credentials.identify(request.headers);
    if (!identified) {
      throw new Problem(
        'unauthorized',
        'Send a valid API key in the header "Authorization: Bearer <key>".',
      );
    }
    this.nameInstance(request);
    const { caller, byCookie } = identified;
    if (byCookie) this.admitBrowser(request);
    await this.rate.count(caller.keyId);
    rememberCaller(request, caller);
    return caller.userId;
  }

  /** Tells a caller that is known who answers. */
  protected nameInstance(request: Request): void {
    request.res?.setHeader(INSTANCE_HEADER, this.instance.name);
  }

  private admitBrowser(request: Request): void {
    if (!isFromOurPages(request)) {
      throw new Problem('forbidden', 'A signed-in browser may do this from our own pages only.');
    }
    // Replies must not be found in the browser's cache after signing out.
    request.res?.setHeader('Cache-Control', 'no-store');
  }
}

/** The same, and the key must be user 1's. For anyone else the route does not exist. */
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
