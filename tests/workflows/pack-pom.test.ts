import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import Pack from '../../src/commands/pack.ts';
import { run } from '../../src/core/adapters/process.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { baselineRemove } from '../../src/snapshot/workflows/baseline-remove.ts';
import { mountMedium } from '../support/mounted-medium.ts';
import { aptWithoutNetwork, copyMedium, createHost } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { addMedium, createPomMediumSite, snapshotTime, type PomMediumSite } from '../support/pom-medium.ts';
import { pomHelper } from '../support/pom-site.ts';
import { runCommand } from '../support/run-command.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext();
let site: PomMediumSite;

beforeAll(async () => {
  site = await createPomMediumSite();
  await site.take(1);
  await site.pom(['mirror', 'snapshot', 'create', 'other-mirror']);
});

function check(bundle?: string) {
  return verify({ media: site.media, bundle, keyFiles: [site.publicKeyFile], context });
}

describe('pack --format pom', () => {
  it('lets POM fill the medium, and signs what the baseline needs of it', async () => {
    const before = await treeOf(site.media);
    const planned = await site.pack({ dryRun: true });
    expect(await treeOf(site.media)).toEqual(before);
    const packed = await site.pack();
    expect(planned).toEqual({ ...packed, outcome: 'planned', readBack: null });
    expect(packed).toMatchObject({
      outcome: 'packed',
      layout: 'pom',
      bundle: 'test-1',
      snapshots: 1,
      objects: 7,
    });
    const names = (await readdir(packed.directory)).toSorted();
    expect(names).toEqual([
      'PURPOSE',
      'SHA256SUMS',
      `SHA256SUMS.${site.key.keyId}.sig`,
      'baseline.json',
      'bundle.json',
      'keyring-test-stable.gpg',
      'packages.jsonl',
    ]);
    await run('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: packed.directory });
  });

  it('makes a medium that verifies, with what POM copied besides among the strangers', async () => {
    const { bundles, strangers } = await check();
    expect(bundles).toMatchObject([{ name: 'test-1', layout: 'pom', volumes: 0, snapshots: 1, objects: 7 }]);
    expect(strangers).toContain('.mirror-state');
    expect(strangers).toContain('other-mirror');
    expect(strangers).not.toContain('test-stable');
  });

  it("leaves POM's helper its medium", async () => {
    const { stdout } = await run(pomHelper, [
      'status',
      '--mountpoint',
      site.media,
      '--output-format',
      'json',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      mirrors: { 'test-stable': { snapshots: [snapshotTime(1)] }, 'other-mirror': {} },
    });
  });

  it('does nothing more when the bundle is there already', async () => {
    const before = await treeOf(join(site.media, 'bundles'));
    const again = await site.pack({ context: testContext('2027-01-01T00:00:00Z') });
    expect(again).toMatchObject({ outcome: 'unchanged', copied: { files: 0, sizeBytes: 0 } });
    expect(await treeOf(join(site.media, 'bundles'))).toEqual(before);
  });

  it('makes a medium that a host applies, without a byte written to it', async () => {
    const root = await createHost([site.key]);
    const before = await treeOf(site.media);
    expect(await apply({ media: site.media, root, dryRun: true, context })).toMatchObject({
      outcome: 'would-apply',
    });
    expect(await apply({ media: site.media, root, context })).toMatchObject({ outcome: 'applied' });
    expect(await treeOf(site.media)).toEqual(before);
    expect(await aptWithoutNetwork(root, ['apt-get', 'download', 'alpha=2.0'])).toContain('alpha');
  });

  it('is offered on the command line, where --media names the id', async () => {
    const argv = ['--config', site.pomConfigFile, '--format', 'pom', '--media', 'disk1'];
    const { stdout, exitCode } = await runCommand(Pack, argv);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^test-1 is on the medium already[^]*7 files in 1 snapshot[^]*POM copied: +0 files/,
    );
    const refused = await runCommand(Pack, [...argv, '--volume-size', '1000000']);
    expect(refused.exitCode).toBe(2);
  });

  it('packs the next baseline beside it; a bundle whose snapshots POM deletes is none any more, and goes with the next pack', async () => {
    await site.take(2);
    expect(await site.pack()).toMatchObject({ outcome: 'packed', bundle: 'test-2', copied: { files: 0 } });
    expect((await check()).bundles).toHaveLength(2);
    const lacking = await copyMedium(site.media);
    await rm(join(lacking, 'test-stable', snapshotTime(2)), { recursive: true });
    const early = await createHost([site.key]);
    expect(await apply({ media: lacking, root: early, context })).toMatchObject({ bundle: 'test-1' });
    expect(context.warnings.at(-1)).toMatch(/Bundle test-2 is gone from /);
    const named = apply({ media: lacking, bundle: 'test-2', root: early, context });
    await expect(named).rejects.toMatchObject({ code: 'integrity.gone' });
    const names = ['test-1'];
    await baselineRemove({
      configFile: site.pomConfigFile,
      names,
      allowNewest: false,
      dryRun: false,
      context,
    });
    await site.pom(['medium', 'sync', 'disk1']);
    expect((await check()).bundles).toMatchObject([{ name: 'test-2', layout: 'pom' }]);
    expect(context.warnings.at(-1)).toMatch(/Bundle test-1 is gone from /);
    await expect(check('test-1')).rejects.toMatchObject({ code: 'integrity.gone' });

    expect(await site.pack()).toMatchObject({ outcome: 'unchanged' });
    expect(await readdir(join(site.media, 'bundles'))).toEqual(['test-2']);
    const root = await createHost([site.key]);
    expect(await apply({ media: site.media, root, context })).toMatchObject({ bundle: 'test-2' });
  });

  it("signs POM's own snapshots too, with the files that a baseline does not name", async () => {
    await snapshot({ configFile: site.pomConfigFile, context, force: true, dryRun: false });
    const packed = await site.pack();
    const document = await readFile(join(packed.directory, 'bundle.json'), 'utf8');
    expect(document).toContain('"path":"dists/stable/Release.gpg"');
    expect((await check(packed.bundle)).bundles).toMatchObject([{ objects: packed.objects }]);
  });
});

describe("around POM's defects", () => {
  it('runs POM a second time where a mirror left the medium', async () => {
    const directory = await mountMedium();
    await addMedium(site, 'dropping', directory, ['test-stable', 'other-mirror']);
    await site.pack({ medium: 'dropping', baselineName: 'test-2' });
    await site.pom(['config', 'media', 'update', '--id', 'dropping', '--mirrors', 'test-stable']);
    expect(await site.pack({ medium: 'dropping', baselineName: 'test-2' })).toMatchObject({
      outcome: 'unchanged',
    });
    expect(await readdir(directory)).not.toContain('other-mirror');
  });

  it('fails with what POM says, without a key in it', async () => {
    const directory = await mountMedium();
    await addMedium(site, 'failing', directory, ['test-stable']);
    const foreign = join(site.baseDir, 'test-stable', 'NOTE.txt');
    await writeFile(foreign, 'x');
    try {
      const error = await site.pack({ medium: 'failing' }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'tool.failed', exitCode: 7 });
      expect(String(error)).toContain('Found file not part of source pool');
      expect(await readdir(directory)).not.toContain('bundles');
    } finally {
      await rm(foreign);
    }
  });
});

it('asks for what is there and no more: a full copy needs the bytes of each content once', async () => {
  const directory = await mountMedium();
  await addMedium(site, 'fresh', directory, ['test-stable', 'other-mirror']);
  const { copied } = await site.pack({ medium: 'fresh', baselineName: 'test-2' });
  const inodes = new Map<number, number>();
  for (const entry of await readdir(directory, { recursive: true })) {
    if (!entry.startsWith('.pool_')) continue;
    const { ino, size, nlink } = await stat(join(directory, entry));
    if (nlink > 1 && (await stat(join(directory, entry))).isFile()) inodes.set(ino, size);
  }
  const sizeBytes = [...inodes.values()].reduce((sum, size) => sum + size, 0);
  expect(copied).toEqual({ files: inodes.size, sizeBytes });
});
