/** Repositories without dists/, as most vendors' tools have them: from a machine's own sources to the apt of hosts. */
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { applyFrom } from '../../src/host/workflows/apply-from.ts';
import { initConfig } from '../../src/init/workflows/init.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { createSigningIdentity, signInline, type SigningIdentity } from '../support/gpg.ts';
import { serveDirectory } from '../support/http-server.ts';
import { aptWithLoopback, createHost, writeBelow } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { buildPackage, type BuiltPackage } from '../support/packages.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { serveStore } from '../support/shared-store.ts';

/** A suite as it stands in a source, the directory of its index, and where its packages are. */
const repositories = [
  { name: 'beside', suite: './', index: '', files: './' },
  { name: 'below', suite: 'Debian_12/', index: 'Debian_12/', files: 'Debian_12/amd64/' },
  { name: 'slash', suite: '/', index: '', files: 'pool/+/' },
];

/** One package for hosts, and one for another architecture, which they must not see. */
async function publish(upstream: string, signer: SigningIdentity): Promise<Map<string, BuiltPackage>> {
  const packages = new Map<string, BuiltPackage>();
  for (const { name, index, files } of repositories) {
    const own = await buildPackage({ name, version: '1.0+a' });
    const foreign = await buildPackage({ name, version: '9.0', architecture: 'arm64' });
    packages.set(name, own);
    let text = '';
    for (const built of [own, foreign]) {
      const filename = files + basename(built.path);
      const path = join(upstream, name, filename);
      await mkdir(dirname(path), { recursive: true });
      await copyFile(built.path, path);
      text += `${built.control}\nFilename: ${filename}\nSize: ${built.sizeBytes}\nSHA256: ${built.sha256}\n\n`;
    }
    const packed = gzipSync(text);
    const row = (file: string, bytes: Buffer | string) =>
      ` ${createHash('sha256').update(bytes).digest('hex')} ${bytes.length} ${file}\n`;
    const release = `Origin: Vendor\nDate: ${new Date('2025-06-01T00:00:00Z').toUTCString()}\nSHA256:\n${row('Packages', text)}${row('Packages.gz', packed)}`;
    const directory = join(upstream, name, index);
    // A form that Release lists and the server does not have must not be missed on hosts either.
    if (name === 'slash') await writeFile(join(directory, 'Packages'), text);
    else await writeFile(join(directory, 'Packages.gz'), packed);
    await writeFile(
      join(directory, 'InRelease'),
      await signInline(release, [signer], { signedAt: new Date('2025-06-01T00:00:00Z') }),
    );
  }
  return packages;
}

it('flat repositories come from the sources of a machine to hosts, by a medium and by another store', async () => {
  const upstream = await scratchDirectory();
  const signer = await createSigningIdentity({ name: 'Vendor' });
  const packages = await publish(upstream, signer);
  const { url, close } = await serveDirectory(upstream);
  const machine = await scratchDirectory();
  const lines = repositories.map(
    ({ name, suite }) => `deb [arch=amd64 signed-by=/key.gpg] ${url}/${name}/ ${suite}\n`,
  );
  await writeBelow(machine, 'etc/apt/sources.list', lines.join(''));
  await writeBelow(machine, 'etc/os-release', 'ID=debian\nVERSION_CODENAME=bookworm\n');
  await writeBelow(machine, 'var/lib/dpkg/status', '');
  await copyFile(signer.binaryKeyring, join(machine, 'key.gpg'));
  const directory = await scratchDirectory();
  const configFile = join(directory, 'pommgr.yaml');
  const context = testContext('2025-06-02T00:00:00Z');
  await initConfig({
    from: { kind: 'apt', root: machine },
    include: [],
    track: 'flat',
    output: configFile,
    context,
  });
  await writeFile(configFile, `${await readFile(configFile, 'utf8')}\nengine: builtin\n`);

  const result = await snapshot({ configFile, context, dryRun: false, force: false });
  await close();
  const key = await createSigningKey(join(directory, 'signing-key.pem'));
  await writeFile(join(directory, 'signing-key.pub.pem'), key.pem);
  const media = await scratchDirectory();
  await pack({ configFile, media, context });

  // The other architecture is no part of the baseline.
  expect(result).toMatchObject({ outcome: 'made', packages: { files: repositories.length } });
  const keyFiles = [join(directory, 'signing-key.pub.pem')];
  expect((await verify({ media, keyFiles, context })).bundles).toMatchObject([{ name: 'flat-1' }]);

  const owner = await createHost([key]);
  const user = await createHost([key]);
  const store = join(owner, 'var/lib/pommgr');
  expect(await apply({ media, root: owner, context })).toMatchObject({ outcome: 'applied' });
  const from = await serveStore(store);
  for (const address of [from, store]) {
    await applyFrom({ root: user, from: address, context });
    const names = [...packages.keys()];
    for (const root of [owner, user]) {
      const policy = await aptWithLoopback(root, ['apt-cache', 'policy', ...names]);
      expect(policy.match(/Candidate: .*/g)).toEqual(names.map(() => 'Candidate: 1.0+a'));
      const sums = await aptWithLoopback(root, [
        'sh',
        '-c',
        `apt-get -q download ${names.join(' ')} >&2 && sha256sum *.deb`,
      ]);
      for (const { sha256 } of packages.values()) expect(sums).toContain(sha256);
    }
  }
});
