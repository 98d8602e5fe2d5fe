/**
 * A site on the way from Proxmox VE 8 to 9: real Debian packages of both releases, and stand-ins for the products and
 * Ceph. The config has one thin target for each stage. Beside it belong locks, `*.lock.json`, and links to a root of each
 * release, `bookworm` and `trixie`.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { debianPackages } from './debian-root.ts';
import { createSigningIdentity } from './gpg.ts';
import { buildPackage, type BuiltPackage, type PackageDescription } from './packages.ts';
import { createRepository } from './repository.ts';
import { scratchDirectory } from './scratch.ts';

export const upgradeStages = ['pve-8', 'pve-8-squid', 'pve-9', 'pve-9-tentacle'] as const;
export type UpgradeStage = (typeof upgradeStages)[number];

export interface UpgradeSite {
  directory: string;
  configFile: string;
  /** Signs bundles. */
  key: SigningPublicKey;
  /** What a host of Proxmox VE 8 with Ceph reef has besides Debian, not of the newest. */
  installed: BuiltPackage[];
}

const ceph = (version: string): PackageDescription[] => [
  { name: 'ceph-common', version },
  { name: 'ceph-osd', version, depends: `ceph-common (= ${version})` },
];

const pve = (version: string, depends: string): PackageDescription[] => [
  { name: 'pve-manager', version, architecture: 'all', depends },
  { name: 'proxmox-ve', version: version.replace(/\d+$/, '0'), architecture: 'all', depends: 'pve-manager' },
];

const older = [...pve('8.4.14', 'libc6'), ...ceph('18.2.7-pve1')];

/** What each suite has besides Debian. A product of the next release needs a library of it. */
const stubs: Record<string, PackageDescription[]> = {
  'pve-bookworm': [...pve('8.4.14', 'libc6'), ...pve('8.4.21', 'libc6').slice(0, 1)],
  'squid-bookworm': ceph('19.2.3-pve2'),
  'pve-trixie': pve('9.2.11', 'sqv, libssl3t64, ceph-common (>= 19)'),
  'squid-trixie': ceph('19.2.3-pve4'),
  'tentacle-trixie': ceph('20.2.2-pve1'),
};

const mirrorsOf: Record<UpgradeStage, string[]> = {
  'pve-8': ['bookworm', 'pve-bookworm'],
  'pve-8-squid': ['bookworm', 'pve-bookworm', 'squid-bookworm'],
  'pve-9': ['trixie', 'pve-trixie', 'squid-trixie'],
  'pve-9-tentacle': ['trixie', 'pve-trixie', 'tentacle-trixie'],
};

export async function createUpgradeSite(): Promise<UpgradeSite> {
  const upstream = await scratchDirectory();
  const signers = [await createSigningIdentity({ name: 'Upstream' })];
  const suites: Record<string, BuiltPackage[]> = {
    bookworm: await debianPackages('bookworm'),
    trixie: await debianPackages('trixie'),
  };
  for (const [suite, descriptions] of Object.entries(stubs))
    suites[suite] = await Promise.all(descriptions.map(buildPackage));
  for (const [suite, packages] of Object.entries(suites)) {
    const codename = suite.split('-').at(-1) ?? suite;
    const about = { suite, codename, components: { main: packages }, indexForms: ['gz' as const] };
    await createRepository({ ...about, directory: upstream, signers });
  }
  const directory = await scratchDirectory();
  const config = {
    ...{ schema: 'pommgr/config/v1', track: 'way', engine: 'builtin' },
    mirrors: Object.keys(suites).map((suite) => ({
      ...{ id: `${suite}-mirror`, uri: `file://${upstream}`, suite, components: ['main'] },
      keyring: signers[0]?.binaryKeyring,
    })),
    targets: upgradeStages.map((name) => ({
      ...{ name, products: ['pve'], codename: name.startsWith('pve-8') ? 'bookworm' : 'trixie' },
      mirrors: mirrorsOf[name].map((suite) => `${suite}-mirror`),
      // The locks of the first stage are those of all.
      closure: { install: ['proxmox-ve'], ...(name === 'pve-8' ? { hosts: ['./*.lock.json'] } : {}) },
    })),
    upgrades: [{ name: 'pve-8-to-9', stages: upgradeStages }],
    aptRoots: { bookworm: './bookworm', trixie: './trixie' },
  };
  const configFile = join(directory, 'pommgr.yaml');
  await writeFile(configFile, JSON.stringify(config, null, 2));
  const key = await createSigningKey(join(directory, 'signing-key.pem'));
  return { directory, configFile, key, installed: await Promise.all(older.map(buildPackage)) };
}
