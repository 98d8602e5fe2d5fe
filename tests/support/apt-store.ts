/** A store below a root, as apt sees it: one mirror's files, its keyring, `pommgr.sources` and `pommgr.pref`. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openAptRoot, prepareAptRoot, type AptRoot } from '../../src/apt/adapters/apt-root.ts';
import { renderPreferences, type PinnedPackage } from '../../src/apt/domain/apt-preferences.ts';
import { fileUri, renderSources, type SourceStanza } from '../../src/apt/domain/apt-sources.ts';
import { afterTestFile } from './file-end.ts';
import { createSigningIdentity, writeKeyring, type SigningIdentity } from './gpg.ts';
import { buildPackage, type BuiltPackage } from './packages.ts';
import { createRepository, type RepositoryOptions } from './repository.ts';
import { scratchDirectory } from './scratch.ts';

const baseline = { name: 'fixture-1', digest: 'a'.repeat(64) };

let signer: SigningIdentity | undefined;
let packages: BuiltPackage[] | undefined;

afterTestFile(() => {
  signer = undefined;
  packages = undefined;
});

async function fixtureSigner(): Promise<SigningIdentity> {
  signer ??= await createSigningIdentity({ name: 'apt fixture', algorithm: 'rsa2048' });
  return signer;
}

async function fixturePackages(): Promise<BuiltPackage[]> {
  const same = { fields: { 'Multi-Arch': 'same' } };
  packages ??= [
    await buildPackage({ name: 'tool', version: '1:1.0+b1~rc1-2' }),
    await buildPackage({ name: 'tool', version: '1:2.0-1' }),
    await buildPackage({ name: 'data', version: '1.0', architecture: 'all' }),
    await buildPackage({ name: 'data', version: '2.0', architecture: 'all' }),
    await buildPackage({ name: 'libstdc++6', version: '1.0', ...same }),
    await buildPackage({ name: 'libstdc++6', version: '1.5', architecture: 'i386', ...same }),
    await buildPackage({ name: 'libstdc++6', version: '2.5', architecture: 'i386', ...same }),
    await buildPackage({ name: 'hidden', version: '1.0' }),
  ];
  return packages;
}

/** What a store below `root` has of one mirror: the keyring and the repository's files, in `directory`. */
export async function fixtureStanza(
  root: string,
  options: Partial<RepositoryOptions> = {},
): Promise<SourceStanza & { directory: string }> {
  const directory = join(root, 'store/baselines/fixture-1/debian');
  await createRepository({
    directory,
    suite: 'trixie',
    components: { main: await fixturePackages(), contrib: [] },
    architectures: ['amd64', 'i386'],
    indexForms: ['xz'],
    digests: ['SHA256'],
    translation: true,
    validUntil: new Date('2025-06-08T00:00:00Z'),
    signers: [await fixtureSigner()],
    ...options,
  });
  const keyring = join(root, 'store/keyring.gpg');
  await writeFixtureKeyring(keyring);
  return {
    types: ['deb'],
    uri: fileUri(directory),
    directory,
    suite: 'trixie',
    components: ['contrib', 'main'],
    architectures: ['amd64', 'i386'],
    signedBy: keyring,
    hasTranslations: true,
  };
}

export async function writeSources(root: string, stanzas: readonly SourceStanza[]): Promise<string> {
  const path = join(root, 'store/pommgr.sources');
  await writeFile(path, renderSources({ baseline, stanzas }));
  return path;
}

export async function writePreferences(root: string, candidates: readonly PinnedPackage[]): Promise<string> {
  const path = join(root, 'store/pommgr.pref');
  await writeFile(path, renderPreferences({ baseline, candidates, filtered: true }));
  return path;
}

/** A root without apt, with i386 as a foreign architecture. */
export async function outsideRoot(): Promise<AptRoot> {
  const root = await scratchDirectory();
  await mkdir(join(root, 'var/lib/dpkg'), { recursive: true });
  await writeFile(join(root, 'var/lib/dpkg/arch'), 'amd64\ni386\n');
  const aptRoot = await openAptRoot(root);
  await prepareAptRoot(aptRoot);
  return aptRoot;
}

/** Makes dpkg of the root believe that these are installed. */
export async function install(root: string, packagesThere: readonly Partial<PinnedPackage>[]): Promise<void> {
  const stanzas = packagesThere.map(({ name, architecture = 'amd64', version }) =>
    [
      `Package: ${name}`,
      'Status: install ok installed',
      `Version: ${version}`,
      `Architecture: ${architecture}`,
      'Maintainer: Nobody <nobody@example.invalid>',
      'Description: installed\n\n',
    ].join('\n'),
  );
  await writeFile(join(root, 'var/lib/dpkg/status'), stanzas.join(''));
}

/** The certificate that signs every store. */
export async function writeFixtureKeyring(path: string): Promise<void> {
  await writeKeyring(path, [await fixtureSigner()]);
  await chmod(path, 0o644);
}

export async function edit(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, 'utf8')));
}
