import type { IncomingHttpHeaders } from 'node:http';
import { SESSION_SECONDS } from './console-sessions.js';

/** The name over plain http, where no browser accepts the other one. */
export const SESSION_COOKIE = 'patchbay_session';
/** The name over https. No other host and no http page of this one can set a cookie with such a name (RFC 6265bis §4.1.3). */
export const SECURE_SESSION_COOKIE = `__Host-${SESSION_COOKIE}`;

const PLAIN = pairOf(SESSION_COOKIE);
const SECURE = pairOf(SECURE_SESSION_COOKIE);

function pairOf(name: string): RegExp {
  return new RegExp(`(?:^|;)\\s*${name}=([A-Za-z0-9_-]{43})\\s*(?:;|$)`);
}

/**
 * The session that a browser sends; null if there is none, or nothing that
 * could be one. The plain cookie is ignored if the browser came by
 * https, because somebody else may have set it.
 */
export function sessionTokenOf(headers: IncomingHttpHeaders): string | null {
  const sent = headers.cookie ?? '';
  const secure = SECURE.exec(sent)?.[1];
  if (secure !== undefined) return secure;
  return cameByHttps(headers) ? null : (PLAIN.exec(sent)?.[1] ?? null);
}

/**
 * Whether the headers show https. Browsers send `Sec-Fetch-Site` over https, and
 * over http only to this machine. A proxy may hide the host, so its
 * absence proves nothing.
 */
function cameByHttps({ host = '', 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  return site !== undefined && !/^(localhost|.*\.localhost|127\..*|\[::1\])(:\d+)?$/i.test(host);
}

/**
 * A `Set-Cookie` value for a cookie that scripts cannot read and only our own pages send.
 * @param secure whether the browser came by https; over plain http it would not store it otherwise
 */
export function sessionCookie(token: string, secure: boolean): string {
  return cookie(token, SESSION_SECONDS, secure);
}

/** The `Set-Cookie` values that remove the cookie, under both names. */
export function endedCookies(): string[] {
  return [cookie('', 0, false), cookie('', 0, true)];
}

function cookie(value: string, maxAge: number, secure: boolean): string {
  const name = secure ? SECURE_SESSION_COOKIE : SESSION_COOKIE;
  const attributes = ['Path=/', `Max-Age=${maxAge}`, 'HttpOnly', 'SameSite=Strict'];
  if (secure) attributes.push('Secure');
  return [`${name}=${value}`, ...attributes].join('; ');
}
