import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Addresses that do not belong to the public internet (IANA special-purpose registries). */
const PRIVATE_IPV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Azure uses this address for metadata, name server and health probes of every virtual machine.
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;
const PRIVATE_IPV6 = [
  // The unspecified address, loopback, and IPv4 addresses "compatible" with IPv6.
  ['::', 96],
  // Translated IPv4 addresses: two forms of NAT64, and SIIT (RFC 2765).
  ['::ffff:0:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const;

const privateAddresses = new BlockList();
for (const [network, bits] of PRIVATE_IPV4) privateAddresses.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of PRIVATE_IPV6) privateAddresses.addSubnet(network, bits, 'ipv6');

/**
 * Whether an IP address is private, local or reserved; a text that is not an
 * address counts as private.
 */
export function isPrivateAddress(address: string): boolean {
  // IPv4 addresses mapped to IPv6, also in hexadecimal form, are checked against the IPv4 rules.
  if (isIPv4(address)) return privateAddresses.check(address, 'ipv4');
  return !isIPv6(address) || privateAddresses.check(address, 'ipv6');
}
