/**
 * A site whose baseline leads Proxmox VE from 8 to 9 with Ceph: stubs with the products' names, relations and
 * configuration files, and around them the real packages of Debian 12 and 13. Its hosts are real Debian 12 roots.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dir } from 'tmp-promise';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { run } from '../../src/core/adapters/process.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { debianPackages, debianRoot, installInRoot, type DebianRelease } from './debian-root.ts';
import { afterTestFile } from './file-end.ts';
import { createSigningIdentity } from './gpg.ts';
import { serveDirectory } from './http-server.ts';
import { testContext } from './online.ts';
import { buildPackage, type BuiltPackage, type PackageDescription } from './packages.ts';
import { createRepository } from './repository.ts';
import { scratchDirectory } from './scratch.ts';

export const wayStages = ['pve-8', 'pve-8-squid', 'pve-9', 'pve-9-tentacle'];
export const enterpriseList = '/etc/apt/sources.list.d/pve-enterprise.list';
export const enterpriseSources = '/etc/apt/sources.list.d/pve-enterprise.sources';

const all = { architecture: 'all' };

function manager8(version: string): PackageDescription {
  const files = {
    [enterpriseList]: 'deb https://enterprise.proxmox.com/debian/pve bookworm pve-enterprise\n',
  };
  return { name: 'pve-manager', version, ...all, files, conffiles: [enterpriseList] };
}

const manager9: PackageDescription = {
  name: 'pve-manager',
  version: '9.0.11',
  ...all,
  depends: 'sqv, libc6 (>= 2.38), qemu-server (>= 9)',
  files: {
    [enterpriseSources]: [
      'Types: deb',
      'URIs: https://enterprise.proxmox.com/debian/pve',
      'Suites: trixie',
      'Components: pve-enterprise',
      'Signed-By: /usr/share/keyrings/proxmox-archive-keyring.gpg',
      '',
    ].join('\n'),
  },
  conffiles: [enterpriseSources],
};

function ceph(version: string): PackageDescription[] {
  return [
    { name: 'ceph-common', version },
    { name: 'ceph-osd', version, depends: `ceph-common (= ${version})` },
  ];
}

/** What is installed on a host before the way. */
const installed: PackageDescription[] = [
  manager8('8.4.1'),
  { name: 'proxmox-ve', version: '8.4.0', ...all, depends: 'pve-manager (>= 8.4.0), qemu-server' },
  { name: 'qemu-server', version: '8.4.2', depends: 'libdb5.3' },
  ...ceph('18.2.7-pve1'),
];

/** By mirror: packages of Debian by name, and our own. */
const mirrors: Record<
  string,
  { release: DebianRelease; real?: readonly string[]; own: PackageDescription[] }
> = {
  'debian-12': { release: 'bookworm', real: ['hello', 'netbase', 'media-types'], own: [] },
  'pve-12': {
    release: 'bookworm',
    own: [
      manager8('8.4.14'),
      { name: 'proxmox-ve', version: '8.4.0', ...all, depends: 'pve-manager (>= 8.4.0), qemu-server' },
      { name: 'qemu-server', version: '8.4.4', depends: 'libdb5.3' },
    ],
  },
  'reef-12': { release: 'bookworm', own: ceph('18.2.8-pve1') },
  'squid-12': { release: 'bookworm', own: ceph('19.2.2-pve1') },
  'debian-13': { release: 'trixie', own: [] },
  'pve-13': {
    release: 'trixie',
    own: [
      manager9,
      { name: 'proxmox-ve', version: '9.0.0', ...all, depends: 'pve-manager (>= 9.0.0), qemu-server' },
      { name: 'qemu-server', version: '9.0.23', depends: 'libdb5.3t64, libc6 (>= 2.38)' },
    ],
  },
  'squid-13': { release: 'trixie', own: ceph('19.2.3-pve2') },
  'tentacle-13': { release: 'trixie', own: ceph('20.2.1-pve1') },
  // Nobody should upgrade with this one.
  'harmful-13': {
    release: 'trixie',
    own: [
      {
        name: 'qemu-server',
        version: '9.9.9',
        fields: { Conflicts: 'proxmox-ve, pve-manager', Essential: 'yes' },
      },
    ],
  },
};

const targets = [
  { name: 'pve-8', mirrors: ['debian-12', 'pve-12', 'reef-12'], codename: 'bookworm' },
  { name: 'pve-8-squid', mirrors: ['debian-12', 'pve-12', 'squid-12'], codename: 'bookworm' },
  { name: 'pve-9', mirrors: ['debian-13', 'pve-13', 'squid-13'], codename: 'trixie' },
  { name: 'pve-9-tentacle', mirrors: ['debian-13', 'pve-13', 'tentacle-13'], codename: 'trixie' },
  { name: 'harmful', mirrors: ['debian-13', 'harmful-13', 'squid-13'], codename: 'trixie' },
].map((target) => ({ ...target, products: ['pve'] }));

export interface ReleaseSite {
  key: SigningPublicKey;
  /** Medium with the bundle of the whole way. */
  media: string;
  /** A Debian 12 host with Proxmox VE 8 and Ceph reef, with the baseline applied. */
  host(): Promise<string>;
}

export async function createReleaseSite(): Promise<ReleaseSite> {
  const upstream = await scratchDirectory();
  const signer = await createSigningIdentity({ name: 'Upstream' });
  for (const [id, { release, real, own }] of Object.entries(mirrors)) {
    const debian = id.startsWith('debian') ? await debianPackages(release, real) : [];
    const packages = [...debian, ...(await Promise.all(own.map(buildPackage)))];
    await createRepository({
      ...{ directory: upstream, suite: id, codename: release, signers: [signer], indexForms: ['gz'] },
      components: { main: packages },
      origin: id.startsWith('debian') ? 'Debian' : 'Proxmox',
    });
  }
  const server = await serveDirectory(upstream);
  afterTestFile(() => server.close());
  const directory = await scratchDirectory();
  const configFile = join(directory, 'pommgr.yaml');
  const config = {
    schema: 'pommgr/config/v1',
    track: 'test',
    engine: 'builtin',
    mirrors: Object.keys(mirrors).map((id) => ({
      ...{ id, uri: server.url, suite: id, components: ['main'], keyring: signer.binaryKeyring },
    })),
    targets,
    upgrades: [{ name: 'pve-8-to-9', stages: wayStages }],
  };
  await writeFile(configFile, JSON.stringify(config));
  const key = await createSigningKey(join(directory, 'signing-key.pem'));
  const media = await scratchDirectory();
  const context = testContext('2025-06-02T00:00:01Z');
  await snapshot({ configFile, context, dryRun: false, force: true });
  await pack({ configFile, media, context });
  const products: BuiltPackage[] = await Promise.all(installed.map(buildPackage));
  return {
    ...{ key, media },
    async host() {
      const root = await debianRoot('bookworm', [key]);
      await installInRoot(root, ...products);
      await apply({ media, root, context: testContext() });
      return root;
    },
  };
}

/** A second host with everything that the first one has. */
export async function copyHost(root: string): Promise<string> {
  const { path } = await dir({ prefix: 'pommgr-test-', tmpdir: '/var/tmp', unsafeCleanup: true });
  afterTestFile(() => rm(path, { recursive: true, force: true }));
  await run('cp', ['--archive', '--no-target-directory', root, path]);
  return path;
}
