import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pathExists } from '../../src/core/adapters/atomic-files.ts';
import { addTrustedKey, readHostTrust, trustedKeysDirectory } from '../../src/trust/adapters/trusted-keys.ts';
import { run } from '../../src/core/adapters/process.ts';
import { parseSources } from '../../src/apt/domain/apt-sources.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { rotateKey } from '../../src/trust/workflows/signing-key.ts';
import { buildChroot } from '../support/chroot.ts';
import { createHost, createSite, readAudit, writeBelow } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { treeOf } from '../support/tree.ts';

/** A root with an apt of its own, this machine's, that says that it is Debian 12. */
async function buildBookworm(): Promise<string> {
  const root = await buildChroot();
  await writeBelow(root, 'etc/os-release', 'ID=debian\nVERSION_CODENAME=bookworm\n');
  return root;
}

test('a root with an apt of its own sees the baseline by its own paths', async () => {
  const site = await createSite(['versions: latest']);
  const root = await buildBookworm();
  await addTrustedKey(trustedKeysDirectory(root), site.key);
  await writeBelow(root, 'etc/apt/sources.list', 'deb http://192.0.2.1/debian bookworm main\n');
  await writeBelow(root, 'etc/apt/preferences', 'Package: other\nPin: version 1\nPin-Priority: 1\n');

  await writeBelow(root, 'etc/apt/apt.conf.d/99hook', 'APT::Update::Post-Invoke { "touch /hooked"; };\n');
  const media = await site.bring();
  const before = await treeOf(root);
  const dry = await apply({ media, root, dryRun: true, context: testContext() });
  expect(dry).toMatchObject({ outcome: 'would-apply', plan: { remove: [] } });
  expect(await treeOf(root)).toEqual(before);

  const report = await apply({ media, root, context: testContext() });

  expect(report.plan).toEqual(dry.plan);
  expect(report).toMatchObject({ outcome: 'applied', root, setAside: [{ path: '/etc/apt/sources.list' }] });
  const sources = await readFile(join(root, 'var/lib/pommgr/current/pommgr.sources'), 'utf8');
  expect(sources).toContain('URIs: file:///var/lib/pommgr/baselines/test-1/test-stable\n');
  for (const list of listsByRepositoryPanel(sources)) {
    expect(await pathExists(join(root, 'var/lib/apt/lists', list)), list).toBe(true);
  }
  const { stdout } = await run('unshare', ['-n', '--', 'chroot', root, 'apt-cache', 'policy', 'alpha']);
  expect(stdout).toMatch(/Candidate: 2\.0/);
  expect(await hostStatus({ root })).toMatchObject({ applied: { baseline: 'test-1' }, otherSources: [] });
});

/**
 * The Release lists in which the repository panels of Proxmox's products look for the origin of each source. They
 * see no repository in a URI without `://`, cut it after that, and encode the rest as apt does.
 */
function listsByRepositoryPanel(sources: string): string[] {
  return parseSources(sources, { file: 'pommgr.sources', format: 'deb822' }).flatMap(({ uris, suites }) =>
    uris.map((uri) => {
      const [scheme, rest] = uri.split('://');
      expect(scheme).toBe('file');
      expect(rest).toMatch(/^\/[^%]+[^/]$/);
      return `${(rest ?? '').replaceAll('_', '%5f').replaceAll('/', '_')}_dists_${suites.join('')}_InRelease`;
    }),
  );
}

test('a store that the apt of a root cannot reach is refused', async () => {
  const site = await createSite();
  const root = await buildBookworm();
  await addTrustedKey(trustedKeysDirectory(root), site.key);
  const elsewhere = join(site.directory, 'store');

  const attempt = apply({ media: await site.bring(), root, store: elsewhere, context: testContext() });

  await expect(attempt).rejects.toMatchObject({ code: 'config.store' });
});

test('a signing key to which a trusted one handed over is shown, recorded and trusted from then on', async () => {
  const site = await createSite();
  const root = await createHost([site.key]);
  const newKey = (await rotateKey({ configFile: site.configFile, context: testContext() })).to;
  const context = testContext();

  const report = await apply({ media: await site.bring(), root, context });

  expect(report).toMatchObject({
    outcome: 'applied',
    decisions: ['trust-new-signer'],
    newSigners: [{ fingerprint: newKey.fingerprint, vouchedBy: site.key.fingerprint }],
  });
  expect(context.warnings.join()).toContain(newKey.fingerprint);
  expect((await readAudit(root)).at(-1)).toMatchObject({ decisions: ['trust-new-signer'] });
  const { keys } = await readHostTrust(root);
  expect(keys.map(({ fingerprint }) => fingerprint)).toContain(newKey.fingerprint);
});

test('interrupted before the switch: the host is as it was, and the import is kept', async () => {
  const site = await createSite();
  const root = await createHost([site.key]);
  const media = await site.bring();
  const before = await treeOf(join(root, 'etc'));
  const abort = new AbortController();
  const progress = { ...testContext().progress, meter: () => ({ add: () => abort.abort(), done() {} }) };
  const context = { ...testContext(), progress, signal: abort.signal };

  await expect(apply({ media, root, context })).rejects.toMatchObject({ name: 'AbortError' });

  expect(await treeOf(join(root, 'etc'))).toEqual(before);
  expect(await apply({ media, root, context: testContext() })).toMatchObject({
    outcome: 'applied',
    added: { files: 0 },
  });
});
