import type { IncomingHttpHeaders } from 'node:http';
import { Injectable } from '@nestjs/common';
import { ApiKeys, type Caller } from './api-keys.js';
import { ConsoleSessions } from './console-sessions.js';
import { sessionTokenOf } from './session-cookie.js';

/** A caller, and whether the request came with a browser's cookie, which is sent by itself. */
export interface Identified {
  caller: Caller;
  byCookie: boolean;
}

/** Finds out whose request it is: by `Authorization: Bearer <key>`, or without it by the cookie of a console session. */
@Injectable()
export class Credentials {
  constructor(
    private readonly keys: ApiKeys,
    private readonly sessions: ConsoleSessions,
  ) {}

  /** Null if the caller is not known, or not any more. */
  async identify(headers: IncomingHttpHeaders): Promise<Identified | null> {
    const { authorization } = headers;
    const token = authorization === undefined ? sessionTokenOf(headers) : null;
    const caller = token ? await this.sessions.find(token) : await this.byKey(authorization);
    return caller && { caller, byCookie: token !== null };
  }

  private async byKey(authorization: string | undefined): Promise<Caller | null> {
    const key = bearerOf(authorization);
    return key === null ? null : this.keys.authenticate(key);
  }
}

/** The key in an Authorization header; null if there is nothing that could be a key. */
export function bearerOf(authorization: string | undefined): string | null {
  return /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization ?? '')?.[1] ?? null;
}
