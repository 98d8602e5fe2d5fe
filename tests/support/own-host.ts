/** A host whose own sources need no network, so that apt-get update works before a baseline is applied, too. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../src/core/adapters/process.ts';
import { createHost, writeBelow, type Site } from './offline.ts';
import { buildPackage } from './packages.ts';
import { createRepository } from './repository.ts';

const vendorPath = '/etc/apt/sources.list.d/vendor.sources';

export interface OwnRepository {
  uri: string;
  keyring: string;
}

export async function createOwnRepository(site: Site): Promise<OwnRepository> {
  const only = await buildPackage({ name: 'own', version: '1' });
  const { directory } = await createRepository({ components: { main: [only] }, signers: [site.signer] });
  return { uri: `file:${directory}`, keyring: site.signer.binaryKeyring };
}

/** A line for sources.list. Another repository than the host's, for apt warns of one that is listed twice. */
export function ownLine({ uri, keyring }: OwnRepository): string {
  return `deb [signed-by=${keyring}] ${uri} stable main\n`;
}

/** A conffile with a source, which is to be diverted, and preferences in two files. */
export async function createOwnHost(site: Site, own: OwnRepository): Promise<string> {
  const root = await createHost([site.key]);
  await rm(join(root, vendorPath));
  await rm(join(root, 'etc/apt/sources.list'));
  const text = `Types: deb\nURIs: ${own.uri}\nSuites: stable\nComponents: main\nSigned-By: ${own.keyring}\n`;
  const vendor = await buildPackage({
    name: 'vendor',
    version: '1',
    files: { [vendorPath]: text },
    conffiles: [vendorPath],
  });
  await run('dpkg', ['--root', root, '--force-not-root', '--install', vendor.path]);
  await writeBelow(root, 'etc/apt/preferences', 'Package: other\nPin: version 1\nPin-Priority: 1\n');
  await writeBelow(root, 'etc/apt/preferences.d/own', 'Package: another\nPin: version 1\nPin-Priority: 1\n');
  return root;
}
