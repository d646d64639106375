import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { isIP } from 'node:net';
import { isPrivateAddress } from './private-address.js';

export interface OutboundRules {
  /** The scheme that goes anywhere, and the one without encryption that goes to trusted hosts alone. */
  schemes: readonly [secure: string, plain: string];
  /** In lower case: may be private. */
  trustedHosts: readonly string[];
  /** The setting that lists them, for the message. */
  setting: string;
}

/** Why we may not connect to a URL that a user chose; null when we may. */
export function outboundProblem(url: URL, rules: OutboundRules): string | null {
  const [secure, plain] = rules.schemes;
  const host = hostOf(url);
  if (url.username !== '' || url.password !== '') return 'must not carry a user name or password';
  if (rules.trustedHosts.includes(host)) {
    return url.protocol === `${secure}:` || url.protocol === `${plain}:`
      ? null
      : `must be ${secure} or ${plain}`;
  }
  if (url.protocol === `${plain}:`) {
    return `must be ${secure}, or lead to a host that ${rules.setting} lists`;
  }
  if (url.protocol !== `${secure}:`) return `must be ${secure}`;
  const isPrivate = isIP(host) !== 0 ? isPrivateAddress(host) : isLocalName(host);
  return isPrivate ? `must be a public host, or one that ${rules.setting} lists` : null;
}

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;
export type Lookup = (hostname: string, options: LookupOptions, callback: LookupCallback) => void;

/**
 * How the host of such a URL is looked up. The address is checked where the
 * connection is made, so a name cannot change its mind between check and use.
 * Undefined for a trusted host: as usual.
 */
export function guardedLookup(url: URL, rules: OutboundRules): Lookup | undefined {
  return rules.trustedHosts.includes(hostOf(url)) ? undefined : publicLookup;
}

function publicLookup(hostname: string, options: LookupOptions, callback: LookupCallback): void {
  dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) {
      callback(error, '');
      return;
    }
    const [first] = addresses;
    if (!first || addresses.some(({ address }) => isPrivateAddress(address))) {
      callback(Object.assign(new Error('private address'), { code: 'EPRIVATE' }), '');
      return;
    }
    if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
}

/** As DNS understands it: a dot at the end leads to the same host. Addresses are in their one notation by now. */
function hostOf(url: URL): string {
  return withoutEndDots(url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase());
}

/** Whether a name, in lower case, is known inside a private network only. */
export function isLocalName(host: string): boolean {
  const name = withoutEndDots(host);
  return !name.includes('.') || /\.(localhost|localdomain|local|internal|home\.arpa)$/.test(name);
}

function withoutEndDots(host: string): string {
  return host.replace(/\.+$/, '');
}
