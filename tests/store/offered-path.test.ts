import { describe, expect, test } from 'vitest';
import { parseListenAddress } from '../../src/serve/domain/listen-address.ts';
import { offeredPath } from '../../src/store/domain/offered-path.ts';

describe('offeredPath', () => {
  test.each<[string, string[]]>([
    ['/baselines/index.json', ['baselines', 'index.json']],
    ['/baselines/pve9-prod-12/SHA256SUMS', ['baselines', 'pve9-prod-12', 'SHA256SUMS']],
    ['/baselines/a-1/deb/pool/l/x%2b%2B~.deb', ['baselines', 'a-1', 'deb', 'pool', 'l', 'x++~.deb']],
    ['/baselines/a-1/deb/%C3%A9.deb', ['baselines', 'a-1', 'deb', 'é.deb']],
    ['/baselines/a-1/deb/a..b', ['baselines', 'a-1', 'deb', 'a..b']],
  ])('offers %s', (target, parts) => {
    expect(offeredPath(target)).toEqual(parts);
  });

  test.each([
    '',
    '/',
    '*',
    '/baselines/a-1/deb/%',
    '/baselines/a-1/deb/%2',
    '/baselines/a-1/deb/%zz',
    '/baselines/a-1/deb/%ff',
    '/baselines/a-1/deb/%00',
    '/baselines/a-1/deb/%2F',
    '/baselines/a-1/deb/%5C',
    '/baselines/a-1/deb/%2e%2e/x',
    '/baselines/a-1/deb/ x',
    '/baselines/a-1/deb/é.deb',
    '/baselines/a-1/de/x',
    '/baselines/a-0/deb/x',
    '/baselines/a/deb/x',
    '/baselines/%61-1/../x',
    '/baselines/index.json/x',
    '/baselines/INDEX.json',
    `/baselines/a-1/deb/${'x'.repeat(5000)}`,
  ])('does not offer %s', (target) => {
    expect(offeredPath(target)).toBeUndefined();
  });
});

describe('parseListenAddress', () => {
  test.each([
    ['192.0.2.7:8474', { host: '192.0.2.7', port: 8474 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[2001:db8::7]:80', { host: '2001:db8::7', port: 80 }],
  ])('reads %s', (text, address) => {
    expect(parseListenAddress(text)).toEqual(address);
  });

  test.each([
    '',
    '8474',
    ':8474',
    'store:8474',
    '2001:db8::7:80',
    '192.0.2.7',
    '192.0.2.7:99999',
    '1.2.3.4:80 ',
  ])('refuses "%s"', (text) => {
    expect(() => parseListenAddress(text)).toThrow(expect.objectContaining({ code: 'usage.listen' }));
  });
});
