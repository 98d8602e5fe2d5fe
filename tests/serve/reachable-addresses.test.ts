import { expect, test } from 'vitest';
import { reachableAddresses, type InterfaceAddress } from '../../src/serve/domain/reachable-addresses.ts';

const interfaces: InterfaceAddress[] = [
  { address: '127.0.0.1', family: 'IPv4', internal: true },
  { address: '::1', family: 'IPv6', internal: true },
  { address: '2001:db8::7', family: 'IPv6', internal: false },
  { address: 'fe80::1234', family: 'IPv6', internal: false },
  { address: '192.0.2.7', family: 'IPv4', internal: false },
  { address: '169.254.3.4', family: 'IPv4', internal: false },
  { address: '198.51.100.7', family: 'IPv4', internal: false },
  { address: '192.0.2.7', family: 'IPv4', internal: false },
];

test.each([
  ['0.0.0.0', ['http://192.0.2.7:80', 'http://198.51.100.7:80']],
  ['::', ['http://192.0.2.7:80', 'http://198.51.100.7:80', 'http://[2001:db8::7]:80']],
  ['192.0.2.7', ['http://192.0.2.7:80']],
  ['2001:db8::7', ['http://[2001:db8::7]:80']],
  ['127.0.0.1', []],
  ['127.0.0.53', []],
  ['::1', []],
  ['::ffff:127.0.0.1', []],
])('other hosts reach a server at %s by %j', (host, expected) => {
  expect(reachableAddresses({ host, port: 80 }, interfaces)).toEqual(expected);
});

test('a machine without a network has no address for others', () => {
  expect(reachableAddresses({ host: '0.0.0.0', port: 80 }, interfaces.slice(0, 2))).toEqual([]);
});
