import { SESSION_SECONDS } from './console-sessions.js';

export const SESSION_COOKIE = 'patchbay_session';

const PAIR = new RegExp(`(?:^|;)\\s*${SESSION_COOKIE}=([A-Za-z0-9_-]{43})\\s*(?:;|$)`);

/** The session named by a `Cookie` header; null where there is none, or nothing that could be one. */
export function sessionTokenOf(header: string | undefined): string | null {
  return PAIR.exec(header ?? '')?.[1] ?? null;
}

/**
 * A `Set-Cookie` value: out of reach of scripts, and sent by our own pages only.
 * @param secure whether the browser came by https; over plain http it would not store it otherwise
 */
export function sessionCookie(token: string, secure: boolean): string {
  return cookie(token, SESSION_SECONDS, secure);
}

/** Takes the cookie away again. */
export function endedCookie(secure: boolean): string {
  return cookie('', 0, secure);
}

function cookie(value: string, maxAge: number, secure: boolean): string {
  const attributes = [`Path=/`, `Max-Age=${maxAge}`, 'HttpOnly', 'SameSite=Strict'];
  if (secure) attributes.push('Secure');
  return [`${SESSION_COOKIE}=${value}`, ...attributes].join('; ');
}
