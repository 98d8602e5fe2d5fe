import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/domain/config-document.ts';
import { completeConfig } from '../../src/config/domain/config.ts';
import type { PommgrError } from '../../src/core/domain/errors.ts';
import { hostLockSchema } from '../../src/apt/domain/host-lock.ts';
import { resolveHost } from '../../src/config/domain/site.ts';
import { lockWith } from '../support/host-lock-text.ts';

const id = 'A'.repeat(32);
const head = `schema: pommgr/config/v1
track: site
mirrors: [{ id: any-mirror, uri: "http://192.0.2.1", suite: any, components: [main], keyring: a.gpg }]
`;

function failure(lines: string): PommgrError {
  try {
    parseConfig(head + lines, 'F');
  } catch (error) {
    return error as PommgrError;
  }
  return expect.fail('it was taken');
}

test('has defaults, and absolute paths', () => {
  expect(parseConfig(head, 'F')).toMatchObject({
    site: { hosts: [] },
    subscription: { include: 'site', warnDays: 45 },
  });
  const lines = `site: { visitEveryDays: 90, hosts: [{ name: a, product: pve, lock: l.json, keyFile: k }] }
subscription: { signingKey: s.pub }
`;
  const config = completeConfig(parseConfig(head + lines, 'F'), '/etc/F', (path) => `/etc/${path}`);
  expect(config.site).toEqual({
    visitEveryDays: 90,
    hosts: [{ name: 'a', product: 'pve', owner: 'own', lock: '/etc/l.json', keyFile: '/etc/k' }],
  });
  expect(config.subscription).toEqual({ include: 'site', warnDays: 45, signingKey: '/etc/s.pub' });
});

describe('says what is wrong with hosts', () => {
  test.each([
    [
      'no server ID',
      '{ name: a, product: pve }',
      'site.hosts[0]: needs serverIds, or a lock that names them',
    ],
    ['a bad server ID', '{ name: a, product: pve, serverIds: [12] }', 'site.hosts[0].serverIds[0]: '],
    [
      'a product without keys',
      `{ name: a, product: pdm, serverIds: [${id}] }`,
      'expected one of pbs, pmg, pve',
    ],
    ['a name with blanks', `{ name: a b, product: pve, serverIds: [${id}] }`, 'expected letters, digits'],
    [
      'a date that is none',
      `{ name: a, product: pve, serverIds: [${id}], renewal: soon }`,
      'expected a date',
    ],
    [
      'a contract in lines',
      `{ name: a, product: pve, serverIds: [${id}], contract: "a\\nb" }`,
      'in one line',
    ],
    [
      'two of one name',
      `{ name: a, product: pve, serverIds: [${id}] }, { name: a, product: pve, lock: l }`,
      'site.hosts[1].name: there is a host "a" with pve already',
    ],
    [
      'two of one server ID',
      `{ name: a, product: pve, serverIds: [${id}] }, { name: b, product: pve, serverIds: [${id.toLowerCase()}] }`,
      'site.hosts[1].serverIds[0]: the host "a" has this server ID already',
    ],
  ])('%s', (_, hosts, message) => {
    const error = failure(`site: { hosts: [${hosts}] }\n`);
    expect(error.code).toBe('config.invalid');
    expect(error.message).toContain(message);
  });

  test('one machine may have two products', () => {
    const hosts = ['pve', 'pbs'].map((product) => `{ name: a, product: ${product}, serverIds: [${id}] }`);
    expect(parseConfig(`${head}site: { hosts: [${hosts.join(', ')}] }\n`, 'F').site.hosts).toHaveLength(2);
  });

  test('and quotes no key that stands in the wrong place', () => {
    const error = failure('site: { hosts: [{ name: a, product: pve, serverIds: [pve2s-0123456789] }] }\n');
    expect(error.message).toContain('pve2s-***');
    expect(JSON.stringify([error.message, error.details])).not.toContain('0123456789');
  });
});

describe('a host and its lock', () => {
  const host = { name: 'a', product: 'pve' as const, owner: 'own' as const, lock: 'l.json' };
  const [locked, other] = ['B', 'C'].map((digit) => digit.repeat(32));
  const serverIds = [
    { product: 'pve', serverId: String(locked) },
    { product: 'pbs', serverId: String(other) },
  ];

  test('give the server IDs of the product, those of the config first', () => {
    const recipient = `age1${'q'.repeat(58)}`;
    const lock = hostLockSchema.parse(JSON.parse(lockWith({ serverIds, recipient })));
    const { serverIds: found, recipients } = resolveHost({ ...host, serverIds: [id.toLowerCase()] }, lock);
    expect({ found, recipients }).toEqual({ found: [id, locked], recipients: [recipient] });
    expect(resolveHost(host, lock).serverIds).toEqual([locked]);
  });

  test('must give one', () => {
    const lock = hostLockSchema.parse(JSON.parse(lockWith({ serverIds: serverIds.slice(1) })));
    expect(() => resolveHost(host, lock)).toThrow('l.json names no server ID of pve for the host a.');
  });
});
