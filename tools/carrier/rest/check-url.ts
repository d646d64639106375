import { withoutFragment } from '../signing/signature.js';
import { badRequest } from './twilio-error.js';

/** Why Twilio could not use this URL, null when it could. */
export function urlProblem(url: string, allowPlainHttp: boolean): string | null {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url) || /\s/.test(url)) return 'not a valid URL';
  const { protocol, hostname } = new URL(url);
  if (authority(url).includes('_')) return 'an underscore in the host name';
  if (allowPlainHttp) return null;
  if (protocol !== 'https:') return 'not https';
  if (/^(localhost|127\..*|0\.0\.0\.0|\[::1\])$|\.localhost$/i.test(hostname)) {
    return 'a host that only this machine reaches';
  }
  return null;
}

function authority(url: string): string {
  return /^[a-z]+:\/\/(?:[^/?#]*@)?([^/?#:]*)/i.exec(withoutFragment(url))?.[1] ?? '';
}

/** `Url`, `FallbackUrl`: 21205. */
export function checkUrl(url: string, name: string, allowPlainHttp: boolean): string {
  const problem = urlProblem(url, allowPlainHttp);
  if (problem !== null) throw badRequest(21_205, `${name} is not a valid URL: ${problem}`);
  return url;
}

/** Status callbacks: 21609; at most 4000 characters. */
export function checkCallbackUrl(url: string, name: string, allowPlainHttp: boolean): string {
  const problem = url.length > 4000 ? 'more than 4000 characters' : urlProblem(url, allowPlainHttp);
  if (problem !== null) throw badRequest(21_609, `Invalid ${name} URL: ${problem}`);
  return url;
}

/** Methods: 21209. */
export function checkMethod(value: string | undefined, name: string): 'GET' | 'POST' {
  const method = (value ?? 'POST').toUpperCase();
  if (method !== 'GET' && method !== 'POST') {
    throw badRequest(21_209, `${name} must be GET or POST`);
  }
  return method;
}
