/** The fixture repository is one that the real apt and gpgv accept, and it is the same each time. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { createSigningIdentity } from '../support/gpg.ts';
import { serveDirectory } from '../support/http-server.ts';
import { buildPackage, buildSource } from '../support/packages.ts';
import { createRepository } from '../support/repository.ts';
import { scratchDirectory } from '../support/scratch.ts';

async function aptRoot(source: string): Promise<string[]> {
  const root = await scratchDirectory();
  for (const path of ['etc/apt/preferences.d', 'state/lists/partial', 'cache/archives/partial']) {
    await mkdir(join(root, path), { recursive: true });
  }
  await writeFile(join(root, 'status'), '');
  await writeFile(join(root, 'etc/apt/fixture.sources'), source);
  return [
    ['Dir', root],
    ['Dir::State', join(root, 'state')],
    ['Dir::State::status', join(root, 'status')],
    ['Dir::Cache', join(root, 'cache')],
    ['Dir::Etc::sourcelist', join(root, 'etc/apt/fixture.sources')],
    ['Dir::Etc::sourceparts', '-'],
    ['APT::Architecture', 'amd64'],
    ['APT::Sandbox::User', 'root'],
    ['Acquire::Languages', 'none'],
  ].flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}

describe('the fixture repository', () => {
  test.each(['merged', 'separate', 'both'] as const)(
    'is accepted by apt with architecture all %s',
    async (architectureAll) => {
      const identity = await createSigningIdentity({ name: 'Fixture' });
      const packages = [
        await buildPackage({ name: 'alpha', version: '1:1.0-1', depends: 'beta' }),
        await buildPackage({ name: 'beta', version: '2', architecture: 'all', source: 'betasrc (1.9)' }),
      ];
      const repository = await createRepository({
        components: { main: packages },
        sources: { main: [await buildSource({ name: 'betasrc', version: '1.9' })] },
        architectureAll,
        acquireByHash: true,
        signers: [identity],
      });
      const server = await serveDirectory(repository.directory);
      onTestFinished(() => server.close());
      const options = await aptRoot(
        `Types: deb deb-src\nURIs: ${server.url}\nSuites: stable\nComponents: main\nSigned-By: ${identity.binaryKeyring}\n`,
      );

      const update = await run('apt-get', [...options, '-q', 'update']);
      const download = await run('apt-get', [...options, '-q', '-y', '-d', 'install', 'alpha']);
      const source = await run('apt-get', [...options, '-q', '--print-uris', 'source', 'betasrc']);

      expect(update.stderr).not.toMatch(/^[WE]:/m);
      expect(download.stdout).toContain('beta all 2');
      expect(source.stdout).toContain('betasrc_1.9.dsc');
      expect(server.requests.some(({ path }) => path.includes('/by-hash/SHA256/'))).toBe(true);
    },
  );

  test('has the same bytes when built again', async () => {
    const identity = await createSigningIdentity({ name: 'Fixture' });
    const build = async () => {
      const alpha = await buildPackage({
        name: 'alpha',
        version: '1',
        conffiles: ['/etc/a'],
        files: { '/etc/a': 'a' },
      });
      const repository = await createRepository({ components: { main: [alpha] }, signers: [identity] });
      return [alpha.sha256, await readFile(join(repository.suiteDirectory, 'InRelease'), 'utf8')];
    };

    expect(await build()).toEqual(await build());
  });

  test('has a signature that gpgv finds good, or expired where the key is', async () => {
    const current = await createSigningIdentity({ name: 'Current', algorithm: 'rsa2048' });
    const expired = await createSigningIdentity({
      name: 'Expired',
      expires: new Date('2025-06-02T00:00:00Z'),
    });
    const check = async (identity: typeof current) => {
      const repository = await createRepository({ components: { main: [] }, signers: [identity] });
      const inRelease = join(repository.suiteDirectory, 'InRelease');
      const args = ['--status-fd', '1', '--keyring', identity.binaryKeyring, inRelease];
      return (await run('gpgv', args, { accept: [0, 2] })).stdout;
    };

    expect(await check(current)).toContain('GOODSIG');
    expect(await check(expired)).toContain('EXPKEYSIG');
  });
});
