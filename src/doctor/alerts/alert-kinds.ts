import { isIP } from 'node:net';
import { bad, good, type Kind } from '../../config/kinds.js';
import { isLoopback } from '../../config/url-kinds.js';
import { isLocalName } from '../../shared/outbound-guard.js';
import { isPrivateAddress } from '../../shared/private-address.js';

/** How far a host is away, as `URL` writes it: on this machine, in a private network, or anywhere. */
export type Distance = 'here' | 'private' | 'public';

export function distanceOf(hostname: string): Distance {
  if (isLoopback(hostname)) return 'here';
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return (isIP(host) === 0 ? isLocalName(host) : isPrivateAddress(host)) ? 'private' : 'public';
}

/**
 * Whoever knows the URL of a chat's webhook may write there, so it is a secret, and goes over plain
 * http in a private network only. The operator sets it, so private hosts need no list.
 */
export const webhookUrl: Kind<string> = {
  secret: true,
  expected: 'an https URL (http only to a private host), without user name, password or fragment',
  parse: (text) => {
    const url = parseUrl(text);
    if (!url || url.username !== '' || url.password !== '' || text.includes('#')) return bad();
    if (url.protocol === 'https:') return good(url.href);
    return url.protocol === 'http:' && distanceOf(url.hostname) !== 'public'
      ? good(url.href)
      : bad();
  },
};

export interface SmtpServer {
  host: string;
  port: number;
  /** TLS from the first byte (`smtps://`), not by STARTTLS. */
  implicitTls: boolean;
  user: string | null;
  password: string | null;
  distance: Distance;
}

const SUBMISSION_PORT = 587;
const SMTPS_PORT = 465;

export const smtpUrl: Kind<SmtpServer> = {
  secret: true,
  expected:
    'smtp://user:password@host:587, or smtps:// for TLS from the start, with special characters in user and password percent-encoded; both or none of them',
  parse: (text) => {
    const url = parseUrl(text);
    if (!url || !['smtp:', 'smtps:'].includes(url.protocol)) return bad();
    if (!/^(smtps?):\/\/[^/?#]+\/?$/i.test(text) || url.hostname === '') return bad();
    if ((url.username === '') !== (url.password === '')) return bad();
    const implicitTls = url.protocol === 'smtps:';
    const [user, password] = [decoded(url.username), decoded(url.password)];
    if (user === null || password === null) return bad('a percent sign is not encoded');
    return good({
      host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port === '' ? (implicitTls ? SMTPS_PORT : SUBMISSION_PORT) : Number(url.port),
      implicitTls,
      user: user === '' ? null : user,
      password: password === '' ? null : password,
      distance: distanceOf(url.hostname),
    });
  },
};

const ADDRESS = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/i;
const ADDRESSES_MAX = 20;

export const mailAddress: Kind<string> = {
  expected: 'a mail address, such as patchbay@example.com',
  parse: (text) => (ADDRESS.test(text) ? good(text) : bad()),
};

export const mailAddresses: Kind<readonly string[]> = {
  expected: `mail addresses separated by commas, such as ops@example.com; at most ${ADDRESSES_MAX}`,
  parse: (text) => {
    const addresses = [...new Set(text.split(',').map((address) => address.trim()))];
    return addresses.length <= ADDRESSES_MAX && addresses.every((one) => ADDRESS.test(one))
      ? good(addresses)
      : bad();
  },
};

function parseUrl(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
