/** A thin baseline from end to end: a real Debian 13 host without network upgrades, installs, and is rebuilt from it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lockProofFileName } from '../../src/closure/adapters/closure-files.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { readPackages } from '../../src/mirror/adapters/package-list-file.ts';
import { hostLock } from '../../src/restore/workflows/host-lock.ts';
import { debianRoot, runInRoot, versionsInRoot } from '../support/debian-root.ts';
import { createDebianSite } from '../support/debian-site.ts';
import { testContext } from '../support/online.ts';
import { everythingAllowed, restoreIn } from '../support/restore.ts';
import { setClosure } from '../support/thin-site.ts';

async function lockOf(root: string, output: string): Promise<string> {
  const askPassphrase = () => Promise.reject(new Error('nobody is asked'));
  await hostLock({ root, output, askPassphrase, context: testContext() });
  return output;
}

it('serves a host: upgrade, an installation, and its restore onto a fresh root, to the same packages', async () => {
  const site = await createDebianSite('trixie');
  const root = await site.host();
  await runInRoot(root, 'apt-get', '-qq', '-y', 'install', 'app');
  const lock = await lockOf(root, join(site.directory, 'host.lock.json'));
  await setClosure(site.configFile, { hosts: [lock], install: ['extra'] });
  const media = await site.bring();

  const report = await apply({ media, root, context: testContext() });
  await runInRoot(root, 'apt-get', '-qq', '-y', 'dist-upgrade');
  await runInRoot(root, 'apt-get', '-qq', '-y', 'install', 'extra');

  expect(report.baseline.name).toBe('test-3');
  const names = new Set<string>();
  const stored = join(root, 'var/lib/pommgr/baselines/test-3');
  for await (const { name } of readPackages(join(stored, 'packages.jsonl'))) names.add(name);
  expect([...names]).toEqual(expect.arrayContaining(['app', 'dpkg', 'extra', 'libapp2']));
  // Nobody has these or asks for them.
  expect(['conf', 'hello', 'media-types', 'busybox-static'].filter((name) => names.has(name))).toEqual([]);
  expect(JSON.parse(await readFile(join(stored, lockProofFileName), 'utf8'))).toMatchObject({
    baseline: report.baseline.digest,
    targets: [
      {
        hosts: [
          { host: null },
          {
            host: 'trixie-host',
            jobs: ['upgrade', 'autoremove', 'install extra', 'restore'].map((job) => ({
              job,
              outcome: 'same',
            })),
          },
        ],
      },
    ],
  });
  const installed = await versionsInRoot(root);
  expect(installed).toEqual(expect.arrayContaining(['app 2.0', 'extra 1.0', 'libapp2 2.0']));
  const after = await lockOf(root, join(site.directory, 'after.lock.json'));

  const fresh = await debianRoot('trixie', [site.key]);
  await apply({ media, root: fresh, storeOnly: true, context: testContext() });
  await restoreIn(fresh, { lock: after, ...everythingAllowed });

  expect(await versionsInRoot(fresh)).toEqual(installed);
});
