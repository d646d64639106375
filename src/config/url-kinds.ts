import { isIPv4 } from 'node:net';
import { isHostName } from './host-name.js';
import { bad, good } from './kinds.js';
import type { Kind } from './kinds.js';

/**
 * The value is read from the text itself: `new URL` would change the host to
 * lower case, and carriers sign the URL that they were given.
 */
export const publicUrl: Kind<string> = {
  expected:
    'an https origin that carriers can reach, optionally with a path prefix, without query, fragment or user name, such as https://calls.example.com',
  parse: (text) => {
    const parts = /^https:\/\/([^/?#]*)(\/[^?#]*)?$/i.exec(text);
    if (!parts) return bad();
    const [, authority = '', prefix = ''] = parts;
    if (authority.includes('@')) return bad('it holds a user name');
    if (authority.startsWith('[')) return bad('carriers reach names and IPv4 addresses');
    const [, host = '', port] = /^([^:]*)(?::(.*))?$/.exec(authority) ?? [];
    if (port !== undefined && port !== '443')
      return bad('carriers reach port 443 only, so leave the port out');
    if (host.includes('_')) return bad('carriers refuse an underscore in a host name');
    if (!isHostName(host) || !URL.canParse(`https://${host}`)) {
      return bad('the host is not a valid host name');
    }
    const path = prefix.replace(/\/+$/, '');
    if (path !== '' && !isPlainPath(path))
      return bad('segments of the path prefix may hold letters, digits, and . _ ~ - only');
    return good(`https://${host}${path}`);
  },
};

function isPlainPath(path: string): boolean {
  return path
    .slice(1)
    .split('/')
    .every((segment) => /^[A-Za-z0-9._~-]+$/.test(segment) && !/^\.{1,2}$/.test(segment));
}

/**
 * A plain http origin inside the private network; any host name that resolves there
 * is accepted.
 */
export const metricsOrigin: Kind<string> = {
  expected: 'an http or https origin without a path, such as http://cloudflared:2000',
  parse: (text) => {
    const url = parseUrl(text);
    if (!url || !['http:', 'https:'].includes(url.protocol) || !isBare(url) || url.pathname !== '/')
      return bad();
    return good(url.origin);
  },
};

/** Credentials are sent to it, so plain http is accepted only for this machine. */
export const apiBaseUrl: Kind<string> = {
  expected: 'an https URL without query, fragment or user name (http only to loopback)',
  parse: (text) => {
    const url = parseUrl(text);
    if (!url || !isBare(url)) return bad();
    const loopbackHttp = url.protocol === 'http:' && isLoopback(url.hostname);
    if (url.protocol !== 'https:' && !loopbackHttp) return bad();
    return good(url.origin + url.pathname.replace(/\/+$/, ''));
  },
};

/** A collector is usually in the private network, so plain http is accepted. */
export const collectorUrl: Kind<string> = {
  expected:
    'an http or https URL without query, fragment or user name, such as http://collector:4318',
  parse: (text) => {
    const url = parseUrl(text);
    if (!url || !['http:', 'https:'].includes(url.protocol) || !isBare(url)) return bad();
    return good(url.origin + url.pathname.replace(/\/+$/, ''));
  },
};

/** The URL usually contains a password, so it counts as a secret. */
export const postgresUrl: Kind<string> = {
  secret: true,
  expected:
    'a postgres:// or postgresql:// URL, with special characters in user and password percent-encoded',
  parse: (text) => {
    const url = parseUrl(text);
    return url && ['postgres:', 'postgresql:'].includes(url.protocol) ? good(text) : bad();
  },
};

/** The URL may contain a password or a token, so it counts as a secret. */
export const natsUrl: Kind<string> = {
  secret: true,
  expected: 'a nats:// or tls:// URL, such as nats://nats:4222',
  parse: (text) => {
    const url = parseUrl(text);
    return url && ['nats:', 'tls:'].includes(url.protocol) && url.hostname !== ''
      ? good(text)
      : bad();
  },
};

function parseUrl(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function isBare(url: URL): boolean {
  // `?` and `#` with nothing behind them leave no trace in `search` and `hash`.
  return url.username === '' && url.password === '' && !/[?#]/.test(url.href);
}

/** Whether a URL's host, as `URL` writes it, is this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
}

/** Comma-separated names or addresses, without ports, in lower case. */
export const hostList: Kind<readonly string[]> = {
  expected: 'host names or addresses separated by commas, such as events.internal,10.0.0.7',
  parse: (text) => {
    const hosts = text.split(',').map((host) => host.trim().toLowerCase());
    return hosts.every((host) => /^[a-z0-9]([a-z0-9._:-]*[a-z0-9])?$/.test(host))
      ? good([...new Set(hosts)])
      : bad();
  },
};
