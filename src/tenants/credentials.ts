import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { ApiKeys, type Caller } from './api-keys.js';
import { ConsoleSessions } from './console-sessions.js';
import { sessionTokenOf } from './session-cookie.js';

/** A caller, and whether a browser speaks for him, whose cookie travels by itself. */
export interface Identified {
  caller: Caller;
  byCookie: boolean;
}

/** Whose request it is: by `Authorization: Bearer <key>`, or without that by the cookie of a console session. */
@Injectable()
export class Credentials {
  constructor(
    private readonly keys: ApiKeys,
    private readonly sessions: ConsoleSessions,
  ) {}

  /** Null for whoever is not known, or not any more. */
  async identify({ authorization, cookie }: IncomingHttpHeaders): Promise<Identified | null> {
    const token = authorization === undefined ? sessionTokenOf(cookie) : null;
    const caller = token ? await this.sessions.find(token) : await this.byKey(authorization);
    return caller && { caller, byCookie: token !== null };
  }

  private async byKey(authorization: string | undefined): Promise<Caller | null> {
    const key = bearerOf(authorization);
    return key === null ? null : this.keys.authenticate(key);
  }
}

/** The key in an Authorization header; null where there is none that could be one. */
export function bearerOf(authorization: string | undefined): string | null {
  return /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization ?? '')?.[1] ?? null;
}
