import { expect, it } from '@jest/globals';
import { isPrivateAddress } from './private-address.js';

const PRIVATE = `127.0.0.1 10.1.2.3 172.31.255.255 192.168.0.1 169.254.169.254 100.64.0.1 0.0.0.0
  255.255.255.255 :: ::1 fe80::1 fd00::1 64:ff9b::7f00:1 ::ffff:127.0.0.1 ::ffff:7f00:1
  ::FFFF:10.0.0.1 2002:7f00:1:: ff02::1 ::127.0.0.1 ::7f00:1 fec0::1 3fff::1 5f00::1
  ::ffff:0:7f00:1 ::ffff:0:127.0.0.1 64:ff9b::10.0.0.1 64:ff9b:1::a00:1 168.63.129.16 ::ffff:168.63.129.16
  224.0.0.1 239.255.255.255 240.0.0.1 198.18.0.1 192.0.0.192 100.100.100.200 fd00:ec2::254 2001::1
  fe80::1%eth0`;
const NO_ADDRESS = ['', 'localhost', '127.1', '2130706433', '0x7f.0.0.1', '[::1]'];

it.each([...PRIVATE.split(/\s+/), ...NO_ADDRESS])('%p is private, or not an address', (address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

it.each([
  '8.8.8.8',
  '172.32.0.1',
  '100.128.0.1',
  '2606:4700::1111',
  '::ffff:8.8.8.8',
  '168.63.129.17',
])('%s is public', (address) => {
  expect(isPrivateAddress(address)).toBe(false);
});
