import { describe, expect, test } from 'vitest';
import { chooseTarget, hostKind, targetFits, type Host } from '../../src/apt/domain/host.ts';
import type { Target } from '../../src/apt/domain/target.ts';

const debian13 = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_CODENAME=trixie\nID=debian\n';

function installed(name: string, status = 'installed') {
  return { name, version: '1.0', architecture: 'amd64', status };
}

function factsWith(packages: ReturnType<typeof installed>[], osRelease = debian13) {
  return { osRelease, installed: packages, architecture: 'amd64', foreignArchitectures: ['i386', 'armhf'] };
}

describe('hostKind', () => {
  test.each([
    ['no product of Proxmox', [installed('dpkg')], ['debian']],
    ['PVE', [installed('pve-manager')], ['pve']],
    ['PVE by its metapackage', [installed('proxmox-ve')], ['pve']],
    ['PBS beside PVE', [installed('pve-manager'), installed('proxmox-backup-server')], ['pbs', 'pve']],
    ['PMG', [installed('pmg-api')], ['pmg']],
    ['PMG by its metapackage', [installed('proxmox-mailgateway')], ['pmg']],
    ['PDM', [installed('proxmox-datacenter-manager')], ['pdm']],
    ['a removed PVE', [installed('pve-manager', 'config-files')], ['debian']],
  ])('knows %s', (_, packages, products) => {
    expect(hostKind(factsWith(packages))).toEqual({
      products,
      codename: 'trixie',
      architecture: 'amd64',
      foreignArchitectures: ['armhf', 'i386'],
    });
  });

  test.each([
    ['VERSION_CODENAME="bookworm"', 'bookworm'],
    ["VERSION_CODENAME='bookworm'\n", 'bookworm'],
    ['# x\nVERSION_CODENAME=a\nVERSION_CODENAME="b\\"c"\n', 'b"c'],
  ])('reads %j', (osRelease, codename) => {
    expect(hostKind(factsWith([], osRelease)).codename).toBe(codename);
  });

  test.each(['', 'ID=debian\nX_VERSION_CODENAME=trixie\n'])('refuses %j', (osRelease) => {
    expect(() => hostKind(factsWith([], osRelease))).toThrow(
      expect.objectContaining({ code: 'trust.target' }),
    );
  });
});

const base = { mirrors: ['debian'], notAutomatic: [] };
const targets: Target[] = [
  { ...base, name: 'pve9', products: ['pve'], codename: 'trixie', architectures: ['amd64'] },
  { ...base, name: 'pve8', products: ['pve'], codename: 'bookworm', architectures: ['amd64'] },
  {
    ...base,
    name: 'mixed',
    products: ['pbs', 'pmg'],
    codename: 'trixie',
    architectures: ['amd64', 'arm64'],
  },
  { ...base, name: 'mail', products: ['pmg'], codename: 'trixie', architectures: ['amd64'] },
];
const host = (values: Partial<Host>): Host => ({
  products: ['pve'],
  codename: 'trixie',
  architecture: 'amd64',
  foreignArchitectures: [],
  ...values,
});

describe('chooseTarget', () => {
  test.each([
    ['the only one that fits', host({}), undefined, 'pve9'],
    ['by release', host({ codename: 'bookworm' }), undefined, 'pve8'],
    ['one of several products', host({ products: ['pbs'] }), undefined, 'mixed'],
    ['by architecture', host({ products: ['pmg'], architecture: 'arm64' }), undefined, 'mixed'],
    ['the named one of several that fit', host({ products: ['pmg'] }), 'mail', 'mail'],
  ])('takes %s', (_, wanted, name, expected) => {
    expect(chooseTarget(targets, wanted, { name }).name).toBe(expected);
  });

  const combined: Target[] = [
    ...targets,
    { ...base, name: 'combo', products: ['pbs', 'pve'], codename: 'trixie', architectures: ['amd64'] },
    { ...base, name: 'combo-test', products: ['pbs', 'pve'], codename: 'trixie', architectures: ['amd64'] },
  ];
  test.each([
    ['the exact one of several that fit', ['pmg'], {}, 'mail'],
    ['the exact one before the one that is applied', ['pve'], { applied: 'combo' }, 'pve9'],
    ['the one that is applied where several are exact', ['pbs', 'pve'], { applied: 'combo' }, 'combo'],
    ['the one that is applied where none is exact', ['pbs'], { applied: 'combo-test' }, 'combo-test'],
    ['the one that was asked for once', ['pve'], { chosen: 'combo', applied: 'pve9' }, 'combo'],
    ['another one where the one of then does not fit', ['pve'], { chosen: 'mail' }, 'pve9'],
    ['the one that is asked for now', ['pve'], { name: 'combo-test', chosen: 'combo' }, 'combo-test'],
  ] as const)('takes %s', (_, products, wishes, expected) => {
    expect(chooseTarget(combined, host({ products: [...products] }), wishes).name).toBe(expected);
  });

  test.each([
    [
      'a product without target',
      host({ products: ['pdm'] }),
      undefined,
      /pdm on trixie \(amd64\).*mail for pmg/,
    ],
    ['two products of which one is missing', host({ products: ['pbs', 'pve'] }), undefined, /pbs \+ pve/],
    ['another architecture', host({ architecture: 'riscv64' }), undefined, /riscv64/],
    ['a named one that does not fit', host({}), 'pve8', /The target pve8 does not fit/],
    ['a name that is none', host({}), 'pve7', /has no target pve7/],
  ])('refuses %s', (_, wanted, name, message) => {
    expect(() => chooseTarget(targets, wanted, { name })).toThrow(
      expect.objectContaining({ code: 'trust.target', message: expect.stringMatching(message) }),
    );
  });

  test('refuses several that fit equally', () => {
    expect(() => chooseTarget(combined, host({ products: ['pbs', 'pve'] }))).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/Several.*found combo, combo-test/) }),
    );
  });
});

describe('a host with several products', () => {
  const both = host({ products: ['pbs', 'pve'] });
  const target = (name: string, products: Target['products']): Target => ({ ...targets[0]!, name, products });

  test.each([
    ['of one of them', [['pve']]],
    ['each of one of them', [['pve'], ['pbs']]],
    ['of as many others', [['pbs', 'pmg']]],
  ] as const)('takes no target that is %s', (_, products) => {
    const offered = products.map((some, index) => target(`t${index}`, [...some]));

    expect(offered.map((one) => targetFits(one, both))).toEqual(products.map(() => false));
    expect(() => chooseTarget(offered, both)).toThrow(
      expect.objectContaining({
        code: 'trust.target',
        message: expect.stringContaining(
          'No target of the bundle fits this host: expected one for pbs + pve',
        ),
      }),
    );
  });

  test('takes the one that is for exactly them before one that is for others, too', () => {
    const offered = [
      target('wide', ['pbs', 'pmg', 'pve']),
      target('other', ['pbs', 'pmg']),
      target('exact', ['pbs', 'pve']),
    ];

    expect(chooseTarget(offered, both).name).toBe('exact');
    expect(chooseTarget(offered.slice(0, 2), both).name).toBe('wide');
  });
});

describe('chooseTarget with a way of a major upgrade', () => {
  const stage = (name: string, codename: string): Target => ({
    ...{ ...base, name, codename },
    products: ['pve'],
    architectures: ['amd64'],
  });
  const stages = [
    stage('pve-9-tentacle', 'trixie'),
    stage('pve-8-squid', 'bookworm'),
    stage('pve-9', 'trixie'),
    stage('pve-8', 'bookworm'),
  ];
  const ways = [{ name: 'way', stages: ['pve-8', 'pve-8-squid', 'pve-9', 'pve-9-tentacle'] }];
  const on = (codename: string): Host => ({
    ...{ products: ['pve'], codename, architecture: 'amd64', foreignArchitectures: [] },
  });

  test.each([
    ['begins with its first stage', 'bookworm', undefined, 'pve-8'],
    ['keeps the stage that is applied', 'bookworm', 'pve-8-squid', 'pve-8-squid'],
    ['takes the first stage of the release, after the old one', 'trixie', 'pve-8-squid', 'pve-9'],
    ['keeps the last stage', 'trixie', 'pve-9-tentacle', 'pve-9-tentacle'],
  ])('%s', (_, codename, applied, expected) => {
    expect(chooseTarget(stages, on(codename), { applied, ways }).name).toBe(expected);
  });

  test('asks where a target beside the way fits, too', () => {
    expect(() => chooseTarget([...stages, stage('other', 'bookworm')], on('bookworm'), { ways })).toThrow(
      'Several targets of the bundle fit this host',
    );
  });
});
