import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { addTrustedKey, trustedKeysDirectory } from '../../src/trust/adapters/trusted-keys.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import {
  aptWithoutNetwork,
  createHost,
  createSite,
  pretendInstalled,
  readAudit,
  writeBelow,
  type Site,
} from '../support/offline.ts';
import { pommgr } from '../support/cli.ts';
import { testContext } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext();

describe('a site with two baselines', () => {
  let site: Site;
  let first: string;
  let second: string;

  beforeAll(async () => {
    site = await createSite();
    first = await site.bring();
    const newer = await buildPackage({ name: 'alpha', version: '3.0' });
    await site.publish({
      components: { main: [...site.packages, newer] },
      date: new Date('2025-06-02T00:00:00Z'),
    });
    second = await site.bring();
  });

  test('apt sees the baseline and nothing else, cut off from the network', async () => {
    const root = await createHost([site.key]);
    await pretendInstalled(root, site.packages[0]!);

    const report = await apply({ media: first, root, context });

    expect(report).toMatchObject({
      outcome: 'applied',
      bundle: 'test-1',
      target: 'debian',
      setAside: [{ path: '/etc/apt/sources.list' }, { path: '/etc/apt/sources.list.d/vendor.sources' }],
      plan: { upgrade: [{ name: 'alpha', from: '1.0', to: '2.0' }], install: [], remove: [] },
    });
    const update = await aptWithoutNetwork(root, ['apt-get', 'update']);
    expect(update).toContain('baselines/test-1/test-stable');
    expect(update).not.toMatch(/^[WEN]:|192\.0\.2/m);
    const policy = await aptWithoutNetwork(root, ['apt-cache', 'policy', 'alpha']);
    expect(policy).toMatch(/Candidate: 2\.0/);
    expect(await aptWithoutNetwork(root, ['apt-get', 'download', 'alpha', 'beta'])).not.toContain('Err:');
    await aptWithoutNetwork(root, ['apt-get', 'check']);
    expect(await readdir(join(root, 'etc/apt/apt.conf.d'))).toEqual(['pommgr.conf']);
  });

  test('a newer baseline takes its place; an older one needs to be allowed', async () => {
    const root = await createHost([site.key]);
    await apply({ media: first, root, context });
    await apply({ media: second, root, context });
    expect(await aptWithoutNetwork(root, ['apt-cache', 'policy', 'alpha'])).toMatch(/Candidate: 3\.0/);
    const before = await treeOf(root);

    await expect(apply({ media: first, root, context })).rejects.toMatchObject({ code: 'trust.older' });
    expect(await treeOf(root)).toEqual(before);

    const back = await apply({ media: first, root, allowOlder: true, context });
    expect(back).toMatchObject({ outcome: 'applied', decisions: ['allow-older'], added: { files: 0 } });
    expect(await aptWithoutNetwork(root, ['apt-cache', 'policy', 'alpha'])).toMatch(/Candidate: 2\.0/);
    expect((await readAudit(root)).map(({ action, baseline }) => `${action} ${baseline}`)).toEqual([
      'import test-1',
      'apply test-1',
      'import test-2',
      'apply test-2',
      'apply test-1',
    ]);
  });

  test('a dry run leaves a bare root bare', async () => {
    const root = await scratchDirectory();
    await addTrustedKey(trustedKeysDirectory(root), site.key);
    await writeBelow(root, 'etc/os-release', 'ID=debian\nVERSION_CODENAME=bookworm\n');
    const before = await treeOf(root);

    const report = await apply({ media: first, root, dryRun: true, context });

    expect(report).toMatchObject({ outcome: 'would-apply', added: { files: 9 }, setAside: [] });
    expect(await treeOf(root)).toEqual(before);
  });

  test('doing it again changes nothing', async () => {
    const root = await createHost([site.key]);
    await apply({ media: first, root, context });
    const before = await treeOf(root);

    const report = await apply({ media: first, root, context });

    expect(report).toMatchObject({ outcome: 'unchanged', setAside: [], added: { files: 0 } });
    expect(await treeOf(root)).toEqual(before);
  });

  test('a dry run checks everything and changes nothing', async () => {
    const root = await createHost([site.key]);
    await pretendInstalled(root, site.packages[0]!);
    await writeBelow(
      root,
      'etc/apt/preferences.d/theirs',
      'Package: beta\nPin: version *\nPin-Priority: 1\n',
    );
    const before = await treeOf(root);

    const report = await apply({ media: first, root, dryRun: true, context });

    expect(report).toMatchObject({
      outcome: 'would-apply',
      added: { files: 9 },
      setAside: [{ method: 'rename' }, { method: 'rename' }],
      plan: { upgrade: [{ name: 'alpha', from: '1.0', to: '2.0' }] },
    });
    expect(report.sizes?.downloadBytes).toBe(site.packages[1]?.sizeBytes);
    expect(await treeOf(root)).toEqual(before);
    const { plan, sizes } = await apply({ media: first, root, context });
    expect({ plan, sizes }).toEqual({ plan: report.plan, sizes: report.sizes });
    const applied = await treeOf(root);
    const next = await apply({ media: second, root, dryRun: true, context });
    expect(next).toMatchObject({
      plan: { upgrade: [{ name: 'alpha', from: '1.0', to: '3.0' }] },
      setAside: [],
    });
    const again = await apply({ media: first, root, dryRun: true, context });
    expect(again).toMatchObject({ plan, sizes, added: { files: 0 } });
    expect(await treeOf(root)).toEqual(applied);
  });

  test('importing alone leaves apt as it is', async () => {
    const root = await createHost([site.key]);
    const before = (await treeOf(root)).filter((line) => line.includes(' etc'));

    const report = await apply({ media: first, root, storeOnly: true, context });

    expect(report).toMatchObject({ outcome: 'stored', plan: null });
    expect((await treeOf(root)).filter((line) => line.includes(' etc'))).toEqual(before);
    expect(await hostStatus({ root })).toMatchObject({ applied: null, stored: ['test-1'], plan: null });
  });

  test('sources that appear later are reported, then set aside beside the earlier ones', async () => {
    const root = await createHost([site.key]);
    await apply({ media: first, root, context });
    await writeBelow(root, 'etc/apt/sources.list', 'deb http://192.0.2.9/again bookworm main\n');

    expect(await hostStatus({ root })).toMatchObject({
      applied: { baseline: 'test-1', target: 'debian' },
      otherSources: ['/etc/apt/sources.list'],
      interrupted: null,
    });
    const report = await apply({ media: first, root, context });

    expect(report).toMatchObject({
      outcome: 'applied',
      setAside: [{ disabledPath: '/etc/apt/sources.list.2.pommgr.disabled' }],
    });
    expect(await hostStatus({ root })).toMatchObject({ otherSources: [] });
    const kept = await readFile(join(root, 'etc/apt/sources.list.pommgr.disabled'), 'utf8');
    expect(kept).toBe('deb http://192.0.2.1/debian bookworm main\n');
  });

  test("a package's conffile is diverted, so that its upgrade asks nothing", async () => {
    const root = await createHost([site.key]);
    const path = '/etc/apt/sources.list.d/vendor.sources';
    const text = await readFile(join(root, path), 'utf8');
    const owner = await buildPackage({
      name: 'vendor',
      version: '1',
      files: { [path]: text },
      conffiles: [path],
    });
    await run('dpkg', ['--root', root, '--force-not-root', '--force-confnew', '--install', owner.path]);

    const report = await apply({ media: first, root, context });

    expect(report.setAside).toMatchObject([{ method: 'rename' }, { path, method: 'divert' }]);
    const { stdout } = await run('dpkg-divert', ['--root', root, '--list']);
    expect(stdout).toContain(`local diversion of ${path} to ${path}.pommgr.disabled`);
  });

  test("the store may be elsewhere, as the host's config or --store says", async () => {
    const root = await createHost([site.key]);
    await writeBelow(root, 'etc/pommgr/config.yaml', 'store: /srv/packages\n');
    expect(await apply({ media: first, root, context })).toMatchObject({
      store: join(root, 'srv/packages'),
    });
    const elsewhere = join(root, 'other');
    await expect(apply({ media: first, root, store: elsewhere, context })).rejects.toMatchObject({
      code: 'state.foreign-file',
    });
  });
});

test('what a filter left out is invisible', async () => {
  const site = await createSite(['skip: { sections: [games] }', 'versions: latest']);
  const root = await createHost([site.key]);

  await apply({ media: await site.bring(), root, context });

  const policy = await aptWithoutNetwork(root, ['apt-cache', 'policy', 'alpha', 'beta', 'gamma']);
  expect(policy).toMatch(/alpha:\n {2}Installed: \(none\)\n {2}Candidate: 2\.0/);
  expect(policy).toMatch(/beta:\n {2}Installed: \(none\)\n {2}Candidate: 1:0\.9-1/);
  expect(policy).toMatch(/gamma:\n {2}Installed: \(none\)\n {2}Candidate: \(none\)/);
});

test('the store can be read by the user of apt whatever the umask is', async () => {
  const site = await createSite();
  const root = await createHost([site.key]);
  const media = await site.bring();
  expect(await pommgr(['apply', '--media', media, '--root', root], { umask: '077' })).toMatchObject({
    exitCode: 0,
  });

  for (const name of ['pool', 'baselines', 'applied']) {
    const lines = await treeOf(join(root, 'var/lib/pommgr', name));
    expect(lines.filter((line) => /^d (?!755)|^f (?!644)/.test(line))).toEqual([]);
  }
});
