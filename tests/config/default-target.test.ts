import { describe, expect, test } from 'vitest';
import { defaultTargets } from '../../src/config/domain/default-target.ts';
import { noFilters, type Mirror } from '../../src/config/domain/mirror.ts';

function mirror(id: string, values: Partial<Mirror> = {}): Mirror {
  return {
    id,
    types: ['deb'],
    uri: 'http://a.example',
    suite: 'trixie',
    components: ['main'],
    architectures: ['amd64'],
    keyring: '/k.gpg',
    checkValidUntil: true,
    filters: noFilters,
    ...values,
  };
}

function releases(codenames: Record<string, string>) {
  return new Map(Object.entries(codenames).map(([id, codename]) => [id, { codename }]));
}

describe('without targets in the config', () => {
  test('all mirrors make one, for the release that they share', () => {
    const mirrors = [
      mirror('debian', { architectures: ['i386', 'amd64'] }),
      mirror('updates'),
      mirror('security'),
      mirror('pve', { components: ['pve-no-subscription'], architectures: ['amd64', 'arm64'] }),
    ];
    const codenames = {
      debian: 'trixie',
      updates: 'trixie-updates',
      security: 'trixie-security',
      pve: 'trixie',
    };

    expect(defaultTargets({ mirrors, targets: [] }, releases(codenames))).toEqual([
      {
        name: 'default',
        mirrors: ['debian', 'pve', 'security', 'updates'],
        products: ['pve'],
        codename: 'trixie',
        architectures: ['amd64', 'arm64', 'i386'],
        notAutomatic: [],
      },
    ]);
  });

  test.each([
    ['trixie-backports-sloppy', 'trixie'],
    ['trixie-proposed-updates', 'trixie'],
    ['bookworm/updates', 'bookworm'],
    ['nodistro', 'nodistro'],
    ['my-security-team', 'my-security-team'],
  ])('the codename %s counts as %s', (codename, expected) => {
    const [target] = defaultTargets({ mirrors: [mirror('one')], targets: [] }, releases({ one: codename }));
    expect(target?.codename).toBe(expected);
  });

  test.each([
    [['main', 'contrib'], ['debian']],
    [['pvetest'], ['pve']],
    [
      ['pbs-enterprise', 'pve-enterprise'],
      ['pbs', 'pve'],
    ],
    [['pmg-no-subscription'], ['pmg']],
    [
      ['pdm-test', 'pbstest'],
      ['pbs', 'pdm'],
    ],
  ])('components %j are for %j', (components, products) => {
    const mirrors = [mirror('one', { components })];
    expect(defaultTargets({ mirrors, targets: [] }, releases({ one: 'trixie' }))[0]?.products).toEqual(
      products,
    );
  });

  test.each([
    { one: 'trixie', two: 'bookworm' },
    { one: '', two: '' },
  ])('codenames %j are refused', (codenames) => {
    const mirrors = [mirror('one'), mirror('two')];
    expect(() => defaultTargets({ mirrors, targets: [] }, releases(codenames))).toThrow(
      expect.objectContaining({ code: 'config.targets', message: expect.stringContaining('two') }),
    );
  });
});

describe('targets of the config', () => {
  const mirrors = [
    mirror('debian', { architectures: ['arm64', 'amd64'] }),
    mirror('pve'),
    mirror('backports'),
  ];
  const target = { name: 'pve9', mirrors: ['pve', 'debian'], products: ['pve' as const], codename: 'trixie' };

  test('are filled in and sorted', () => {
    const full = {
      name: 'all',
      mirrors: ['debian', 'backports', 'debian'],
      products: ['pve' as const, 'debian' as const],
      codename: 'trixie',
      architectures: ['amd64'],
      notAutomatic: ['backports'],
    };

    expect(defaultTargets({ mirrors, targets: [target, full] }, new Map())).toEqual([
      {
        ...full,
        mirrors: ['backports', 'debian'],
        products: ['debian', 'pve'],
      },
      { ...target, mirrors: ['debian', 'pve'], architectures: ['amd64', 'arm64'], notAutomatic: [] },
    ]);
  });

  test.each([
    ['a mirror that is none', { mirrors: ['pve', 'ceph'] }, /mirrors of the target pve9.*found ceph/],
    ['an architecture without a mirror', { architectures: ['i386'] }, /architectures.*found i386/],
    ['NotAutomatic mirrors of others', { notAutomatic: ['backports'] }, /notAutomatic.*found backports/],
  ])('with %s are refused', (_, values, message) => {
    expect(() => defaultTargets({ mirrors, targets: [{ ...target, ...values }] }, new Map())).toThrow(
      expect.objectContaining({ code: 'config.targets', message: expect.stringMatching(message) }),
    );
  });
});
