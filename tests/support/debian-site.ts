/** A site whose baselines hold a small Debian system, for the tests of what changes packages. */
import { apply } from '../../src/host/workflows/apply.ts';
import { edit } from './apt-store.ts';
import { debianPackages, debianRoot, versionsInRoot, type DebianRelease } from './debian-root.ts';
import { createSigningIdentity, type IdentityOptions } from './gpg.ts';
import { createSite, type Site } from './offline.ts';
import { testContext } from './online.ts';
import { buildPackage, type BuiltPackage, type PackageDescription } from './packages.ts';

/** What the baselines have in two versions: those of Debian 12 and Debian 13. */
const inBothReleases = ['media-types', 'netbase', 'sensible-utils'];

/**
 * `app` needs another library in its second version; `extra` cannot be beside `app` 1.0; `conf` has a configuration
 * file; `vendor` is in no baseline.
 */
const descriptions: PackageDescription[] = [
  { name: 'libapp1', version: '1.0' },
  { name: 'libapp2', version: '2.0' },
  { name: 'app', version: '1.0', depends: 'libapp1 (>= 1.0)' },
  { name: 'app', version: '2.0', depends: 'libapp2 (>= 2.0)' },
  { name: 'extra', version: '1.0', fields: { Conflicts: 'app (<< 2.0)' } },
  { name: 'conf', version: '1.0', files: { '/etc/conf': 'one\n' }, conffiles: ['/etc/conf'] },
  { name: 'conf', version: '2.0', files: { '/etc/conf': 'two\n' }, conffiles: ['/etc/conf'] },
  { name: 'vendor', version: '5.0' },
];
const ofOlder = ['app_1.0', 'libapp1_1.0', 'conf_1.0'];
const ofNewer = ['app_2.0', 'libapp2_2.0', 'libapp1_1.0', 'extra_1.0', 'conf_2.0'];

export interface DebianSite extends Site {
  /** Media with `test-1`, the system with the older versions, and with `test-2`, the newer ones and more. */
  older: string;
  newer: string;
  /** A package file: `netbase_12` and `netbase_13` of Debian 12 and 13, `app_1.0` of those that were built here. */
  package(id: string): BuiltPackage;
  /** A host of the release that has both baselines in its store and `test-1` applied. */
  host(): Promise<string>;
}

export interface DebianSiteOptions {
  /** The release's own packages that are in the baselines. Default: all that are installed in a new root. */
  system?: readonly string[];
  /** Who signs upstream's repository. */
  signer?: IdentityOptions;
  /** Built in place of those of the same name and version. */
  replace?: readonly PackageDescription[];
}

export async function createDebianSite(
  release: DebianRelease,
  { system, signer: identity, replace = [] }: DebianSiteOptions = {},
): Promise<DebianSite> {
  const own = await debianPackages(release, system);
  const byId = new Map<string, BuiltPackage>();
  for (const other of ['bookworm', 'trixie'] as const) {
    for (const item of await debianPackages(other, inBothReleases)) {
      byId.set(`${item.name}_${other === 'bookworm' ? 12 : 13}`, item);
    }
  }
  for (const description of [...descriptions, ...replace]) {
    const item = await buildPackage(description);
    byId.set(`${item.name}_${item.version}`, item);
  }
  const pick = (id: string): BuiltPackage => {
    const item = byId.get(id);
    if (item === undefined) throw new Error(`no package ${id}`);
    return item;
  };
  const common = own.filter(({ name }) => !inBothReleases.includes(name));
  const packages = (number: 12 | 13, ours: readonly string[]) => ({
    main: [...common, ...inBothReleases.map((name) => pick(`${name}_${number}`)), ...ours.map(pick)],
  });
  const signer = await createSigningIdentity(identity ?? { name: 'Upstream' });
  const site = await createSite([], { signers: [signer], components: packages(12, ofOlder) });
  await edit(site.configFile, (text) =>
    text
      .replace('codename: bookworm', `codename: ${release}`)
      .replace(/keyring: .*/, `keyring: ${signer.binaryKeyring}`),
  );
  const older = await site.bring();
  await site.publish({ date: new Date('2025-06-02T00:00:00Z'), components: packages(13, ofNewer) });
  const newer = await site.bring();
  const host = async (): Promise<string> => {
    const root = await debianRoot(release, [site.key]);
    await apply({ media: newer, root, storeOnly: true, context: testContext() });
    await apply({ media: older, root, context: testContext() });
    return root;
  };
  return { ...site, older, newer, package: pick, host };
}

/** `name version` of what is installed of the packages that a site has in two versions, or of its own. */
export async function siteVersions(root: string): Promise<string[]> {
  const names = [...inBothReleases, ...descriptions.map(({ name }) => name)];
  return (await versionsInRoot(root)).filter((line) => names.includes(line.split(' ')[0] ?? ''));
}
