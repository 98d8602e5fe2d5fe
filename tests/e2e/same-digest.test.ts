/** The digest of a thin baseline is that of the online machine's release, Debian 12 or 13, for neither its apt decides. */
import { copyFile, cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { debianReleases, debianRoot } from '../support/debian-root.ts';
import { giveGpgv, pommgrInside } from '../support/inside-root.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { createThinSite } from '../support/thin-site.ts';

it('is the same on Debian 12 and 13, and on this machine', async () => {
  const site = await createThinSite(
    { hosts: ['./mail.lock.json'], install: ['server', 'desktop'], keepInstalled: true },
    { repository: { indexForms: ['gz'] } },
  );
  await site.addLock('mail', [
    { name: 'base', version: '1.0', relations: { essential: true } },
    { name: 'postfix', version: '3.0', relations: { provides: 'transport', conflicts: 'transport' } },
    { name: 'libserver', version: '1.0', relations: {}, hold: true },
  ]);
  const here = await snapshot({
    ...{ configFile: site.configFile, context: testContext(), force: false, dryRun: true },
  });
  const text = await readFile(site.configFile, 'utf8');
  const files = await scratchDirectory();
  await cp(site.signer.binaryKeyring, join(files, 'upstream.gpg'));
  await copyFile(join(site.directory, 'mail.lock.json'), join(files, 'mail.lock.json'));
  await writeFile(
    join(files, 'pommgr.yaml'),
    text
      .replace(/^ {4}uri: .*$/m, '    uri: file:///srv/upstream')
      .replace(/^ {4}keyring: .*$/m, '    keyring: /srv/site/upstream.gpg'),
  );

  const digests: unknown[] = [];
  const versions = new Set<unknown>();
  for (const release of debianReleases) {
    const root = await debianRoot(release);
    await giveGpgv(root);
    const { document } = await pommgrInside(
      root,
      ['snapshot', '--dry-run', '--config', '/srv/site/pommgr.yaml'],
      { '/srv/site': files, '/srv/upstream': site.upstream },
    );
    expect(document.error).toBeUndefined();
    digests.push(document.result['digest']);
    versions.add((await run('chroot', [root, 'apt-get', '--version'])).stdout.split('\n')[0]);
  }

  expect(here).toMatchObject({ outcome: 'planned', closures: [{ hosts: 1, jobs: 7 }] });
  expect(digests).toEqual(debianReleases.map(() => (here.outcome === 'planned' ? here.digest : '')));
  expect(versions.size).toBe(2);
});
