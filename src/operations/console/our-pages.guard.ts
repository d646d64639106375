import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { Problem } from '../../shared/problem.js';
import { isFromOurPages } from '../../tenants/same-origin.js';

/**
 * Guards signing in and out, also before there is a session, so that another site
 * cannot sign a browser in to an account that is not its user's.
 */
@Injectable()
export class OurPagesGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (isFromOurPages(context.switchToHttp().getRequest<Request>())) return true;
    throw new Problem('forbidden', 'A browser may sign in and out from our own pages only.');
  }
}
