import { isIP } from 'node:net';
import { isLocalName } from '../shared/outbound-guard.js';
import { isPrivateAddress } from '../shared/private-address.js';

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** A DNS host name by RFC 1123: no underscore, no port, no trailing dot. */
export function isHostName(host: string): boolean {
  return host.length <= 253 && host.split('.').every((label) => LABEL.test(label));
}

/**
 * Why a host cannot be reached from outside, as far as its name shows; null where it may be
 * reachable. Understands addresses in every notation that URLs allow.
 */
export function whyUnreachable(host: string): string | null {
  if (!URL.canParse(`https://${host}`)) return 'the host is not a valid host name';
  const { hostname } = new URL(`https://${host}`);
  if (isIP(hostname) !== 0) {
    return isPrivateAddress(hostname) ? 'the host is a private, local or special address' : null;
  }
  return isLocalName(hostname) ? 'the host is known inside a private network only' : null;
}
