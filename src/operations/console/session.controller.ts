import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Post,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { BodyBytesMax } from '../../shared/json-body.interceptor.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { Log } from '../../shared/logger.js';
import { Problem } from '../../shared/problem.js';
import { ApiKeyGuard } from '../../tenants/api-key.guard.js';
import { ADMIN_USER_ID, ApiKeys, type Caller } from '../../tenants/api-keys.js';
import { AuditLog } from '../../tenants/audit-log.js';
import { CurrentCaller } from '../../tenants/caller.js';
import { ConsoleSessions } from '../../tenants/console-sessions.js';
import { endedCookies, sessionCookie, sessionTokenOf } from '../../tenants/session-cookie.js';
import { PublicOrigin } from '../../urls/public-origin.js';
import { cameByHttps } from './came-by-https.js';
import { FailedSignIns } from './failed-sign-ins.js';
import { OurPagesGuard } from './our-pages.guard.js';
import { SignInDto } from './sign-in.dto.js';
import { SignInTickets } from './sign-in-tickets.js';

/** More than any key or ticket needs. This is the only body that is read without a key. */
const SIGN_IN_BYTES_MAX = 8 * 1024;

/** Signing in to the console and out of it. */
@Controller('console/api/session')
export class SessionController {
  constructor(
    private readonly keys: ApiKeys,
    private readonly tickets: SignInTickets,
    private readonly sessions: ConsoleSessions,
    private readonly failed: FailedSignIns,
    private readonly origin: PublicOrigin,
    private readonly providers: ProviderRegistry,
    private readonly audit: AuditLog,
    private readonly log: Log,
  ) {}

  /** Who is signed in, and whether calls are simulated. */
  @Get()
  @UseGuards(ApiKeyGuard)
  @Header('Cache-Control', 'no-store')
  whoAmI(@CurrentCaller() caller: Caller) {
    return this.json(caller);
  }

  @Post()
  @HttpCode(200)
  @UseGuards(OurPagesGuard)
  @BodyBytesMax(SIGN_IN_BYTES_MAX)
  @Header('Cache-Control', 'no-store')
  async signIn(
    @Body() body: SignInDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const address = request.socket.remoteAddress ?? 'unknown';
    const caller = await this.failed.attempt(address, () => this.callerOf(body));
    if (!caller) {
      this.log.warn('console.sign_in_refused', { by: body.ticket === undefined ? 'key' : 'link' });
      throw new Problem('unauthorized', refusalOf(body));
    }
    const token = await this.sessions.begin(caller.keyId);
    response.setHeader('Set-Cookie', sessionCookie(token, this.isSecure(request)));
    this.audit
      .note(caller, 'POST /console/api/session', {}, 200)
      .catch((error: unknown) => this.log.error('audit.not_written', { error }));
    return this.json(caller);
  }

  /** Works without a session too. The browser is signed out afterwards. */
  @Delete()
  @HttpCode(204)
  @UseGuards(OurPagesGuard)
  @Header('Cache-Control', 'no-store')
  async signOut(
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const token = sessionTokenOf(request.headers);
    if (token) await this.sessions.end(token);
    response.setHeader('Set-Cookie', endedCookies());
  }

  private async callerOf({ key, ticket }: SignInDto): Promise<Caller | null> {
    if (key !== undefined) return this.keys.authenticate(key);
    if (ticket === undefined || !(await this.tickets.redeem(ticket))) return null;
    return this.keys.administrator();
  }

  private json(caller: Caller) {
    return {
      user_id: caller.userId,
      administrator: caller.userId === ADMIN_USER_ID,
      simulated: this.providers.default()?.simulated ?? false,
    };
  }

  private isSecure(request: Request): boolean {
    return cameByHttps(request.headers, this.origin.peek());
  }
}

function refusalOf({ ticket }: SignInDto): string {
  return ticket === undefined
    ? 'This is not the key of anyone here.'
    : 'This link was used before, or is too old. Sign in with a key.';
}
