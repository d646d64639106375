import { NODATA, NOTFOUND, type LookupAddress, type LookupOptions } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { callbackify } from 'node:util';
import { isPrivateAddress } from './private-address.js';

/** How long a name server may take for an answer, and how often it is asked. */
const ANSWER_MS = 2_500;
const TRIES = 2;

export interface OutboundRules {
  /**
   * The scheme that is allowed for every host, and the one without encryption that
   * is allowed only for trusted hosts.
   */
  schemes: readonly [secure: string, plain: string];
  /** Hosts that may be private, in lower case. */
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
 * The lookup function for the host of such a URL. The address is checked where
 * the connection is made, so a name cannot resolve differently between check
 * and use. Undefined for a trusted host, which is looked up in the usual way.
 */
export function guardedLookup(url: URL, rules: OutboundRules): Lookup | undefined {
  return rules.trustedHosts.includes(hostOf(url)) ? undefined : publicLookup;
}

/**
 * Asks the name servers directly. `dns.lookup` occupies one of a few threads
 * that the whole process shares: one user's names that are never answered would
 * block the lookups of all other users and of the carrier. The hosts file is not
 * read; a host that is listed there has to be trusted.
 */
function publicLookup(hostname: string, options: LookupOptions, callback: LookupCallback): void {
  lookUpBy(new Resolver({ timeout: ANSWER_MS, tries: TRIES }), hostname, options, callback);
}

/** Exported for its test. */
export function lookUpBy(
  resolver: Pick<Resolver, 'resolve4' | 'resolve6'>,
  hostname: string,
  options: LookupOptions,
  callback: LookupCallback,
): void {
  const look = callbackify(() => publicAddresses(resolver, hostname, options.family));
  look((error, addresses) => {
    const [first] = addresses ?? [];
    if (error || !first) callback(error, '');
    else if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
}

/** Returns at least one address. @throws Error with a code of `dns.lookup`, or `EPRIVATE` */
async function publicAddresses(
  resolver: Pick<Resolver, 'resolve4' | 'resolve6'>,
  hostname: string,
  family: LookupOptions['family'],
): Promise<LookupAddress[]> {
  const [four, six] = await Promise.all([
    answersOf(family === 6 ? null : resolver.resolve4(hostname), 4),
    answersOf(family === 4 ? null : resolver.resolve6(hostname), 6),
  ]);
  const addresses = [...four.addresses, ...six.addresses];
  if (addresses.length === 0) {
    const code = four.mayExist || six.mayExist ? 'EAI_AGAIN' : 'ENOTFOUND';
    throw Object.assign(new Error('no address'), { code });
  }
  if (addresses.some(({ address }) => isPrivateAddress(address))) {
    throw Object.assign(new Error('private address'), { code: 'EPRIVATE' });
  }
  return addresses;
}

interface Answers {
  addresses: LookupAddress[];
  /** Whether the name may exist: no server has denied it. */
  mayExist: boolean;
}

async function answersOf(asked: Promise<string[]> | null, family: 4 | 6): Promise<Answers> {
  try {
    const addresses = ((await asked) ?? []).map((address) => ({ address, family }));
    return { addresses, mayExist: false };
  } catch (error) {
    const { code } = Object(error) as { code?: unknown };
    return { addresses: [], mayExist: code !== NOTFOUND && code !== NODATA };
  }
}

/**
 * The host as DNS understands it: without the dot at the end, which leads to the
 * same host. Addresses are already normalized here.
 */
function hostOf(url: URL): string {
  return withoutEndDots(url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase());
}

/** Whether a name, in lower case, is known only inside a private network. */
export function isLocalName(host: string): boolean {
  const name = withoutEndDots(host);
  return !name.includes('.') || /\.(localhost|localdomain|local|internal|home\.arpa)$/.test(name);
}

function withoutEndDots(host: string): string {
  return host.replace(/\.+$/, '');
}
