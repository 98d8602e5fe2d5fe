/** Media as people carry them: FAT, exFAT and NTFS by Debian's FUSE drivers, discs, sticks that are full or pulled. */
import fs from 'node:fs';
import { cp, readdir } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import type { PommgrError } from '../../src/core/domain/errors.ts';
import { run } from '../../src/core/adapters/process.ts';
import { knownError } from '../../src/core/ui/known-error.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { followedPath } from '../support/followed-path.ts';
import { mountFuse, mountIso, type FuseKind } from '../support/fuse-media.ts';
import { createHost, createSite, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const kinds: FuseKind[] = ['fusefat', 'exfat-fuse', 'ntfs-3g'];
const context = testContext('2025-06-06T00:00:00Z');
let site: Site;

beforeAll(async () => {
  site = await createSite();
  await site.publish({ components: { main: site.packages } });
  await snapshot({ configFile: site.configFile, context, dryRun: false, force: true });
});

function packTo(media: string, options = {}) {
  return pack({ configFile: site.configFile, media, context, volumeSizeBytes: 10_240, ...options });
}

async function checkWhole(media: string): Promise<void> {
  const host = await createHost([site.key]);
  const { bundles } = await verify({ media, root: host, context });
  expect(bundles).toHaveLength(1);
  expect(await apply({ media, root: host, context })).toMatchObject({ outcome: 'applied' });
}

describe.each(kinds)('a medium with %s', (kind) => {
  it('is packed, packed again, verified and applied', async () => {
    const { directory } = await mountFuse(kind);
    expect(await packTo(directory)).toMatchObject({ outcome: 'packed' });
    expect(await packTo(directory)).toMatchObject({ outcome: 'unchanged' });
    await checkWhole(directory);
    const host = await createHost([site.key]);
    const { receipt } = await apply({ media: directory, root: host, receipt: directory, context });
    expect(receipt?.file).toContain(join(directory, 'receipts'));
  });

  it('that is pulled while pack writes is gone, not a bug, and the next run converges', async () => {
    const first = await mountFuse(kind);
    const operations = await countOperations(first.directory, () => packTo(first.directory));
    expect(operations).toBeGreaterThan(20);
    for (const share of [0.1, 0.5, 0.9]) {
      const medium = await mountFuse(kind);
      const error = await failureOf(
        atOperation(medium.directory, Math.floor(operations * share), {
          happen: medium.killDriver,
          work: () => packTo(medium.directory),
        }),
      );
      expect(error, `at ${share}`).toMatchObject({ code: 'state.medium-gone', exitCode: 8 });
      expect(error?.hints.join(' ')).toContain('run the same command again');
      await medium.mountAgain();
      await packTo(medium.directory);
      await checkWhole(medium.directory);
    }
  }, 120_000);

  it('that is pulled while apply reads changes nothing', async () => {
    const medium = await mountFuse(kind);
    await packTo(medium.directory);
    const host = await createHost([site.key]);
    const before = await treeOf(host);
    const dryRun = () => apply({ media: medium.directory, root: host, dryRun: true, context });
    const operations = await countOperations(medium.directory, dryRun);
    for (const share of [0.1, 0.5, 0.9]) {
      const error = await failureOf(
        atOperation(medium.directory, Math.floor(operations * share), {
          happen: medium.killDriver,
          work: () => apply({ media: medium.directory, root: host, context }),
        }),
      );
      expect(error, `at ${share}`).toMatchObject({ code: 'state.medium-gone', exitCode: 8 });
      expect(withoutLocks(await treeOf(host))).toEqual(withoutLocks(before));
      await medium.mountAgain();
    }
    expect(await apply({ media: medium.directory, root: host, context })).toMatchObject({
      outcome: 'applied',
    });
  }, 120_000);
});

it('a full medium is refused before or while it is written, and nothing stays', async () => {
  const { directory } = await mountFuse('ntfs-3g', 3);
  const error = await failureOf(packTo(directory));
  expect(error).toMatchObject({ code: 'state.space', exitCode: 8 });
  expect(await readdir(join(directory, 'bundles'))).toEqual([]);
});

describe('a disc', () => {
  let packed: string;

  beforeAll(async () => {
    packed = await scratchDirectory();
    await packTo(packed);
  });

  it.each([
    ['Joliet', ['-J', '-joliet-long']],
    ['Rock Ridge', ['-R']],
  ])('with %s names is verified and applied', async (_, options) => {
    const image = join(await scratchDirectory(), 'disc.iso');
    await run('genisoimage', ['-quiet', ...options, '-o', image, packed]);
    await checkWhole(await mountIso(image));
  });

  it('with 8.3 names only says how it was written', async () => {
    const image = join(await scratchDirectory(), 'disc.iso');
    await run('genisoimage', ['-quiet', '-o', image, packed]);
    const media = await mountIso(image);
    const host = await createHost([site.key]);
    for (const work of [verify, apply]) {
      expect(await failureOf(work({ media, root: host, context }))).toMatchObject({
        code: 'integrity.name',
        message: expect.stringContaining('without Joliet or Rock Ridge names') as unknown,
      });
    }
  });

  it('whose copy on a disk has one of our names in other letters is told which', async () => {
    const copy = join(await scratchDirectory(), 'copy');
    await cp(packed, copy, { recursive: true });
    await fs.promises.rename(join(copy, 'tool'), join(copy, 'Tool'));
    const host = await createHost([site.key]);
    expect(await failureOf(verify({ media: copy, root: host, context }))).toMatchObject({
      message: `${copy}/Tool must be called tool.`,
    });
  });
});

async function failureOf(work: Promise<unknown>): Promise<PommgrError | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return knownError(error);
  }
}

/** The store's lock and its directories may be there. */
function withoutLocks(tree: readonly string[]): string[] {
  return tree.filter((line) => !line.includes('var/lib/pommgr'));
}

/** How often `work` opens something on the medium. */
async function countOperations(directory: string, work: () => Promise<unknown>): Promise<number> {
  let count = 0;
  await watchOpens(directory, () => void (count += 1), work);
  return count;
}

async function atOperation(
  directory: string,
  number: number,
  { happen, work }: { happen: () => void; work: () => Promise<unknown> },
): Promise<void> {
  let count = 0;
  const at = (): void => {
    count += 1;
    if (count === number) happen();
  };
  await watchOpens(directory, at, work);
}

async function watchOpens(directory: string, at: () => void, work: () => Promise<unknown>): Promise<void> {
  const { open } = fs.promises;
  const watched = (path: unknown, ...rest: unknown[]): unknown => {
    if (followedPath(path)?.startsWith(directory) === true) at();
    return (open as (...of: unknown[]) => unknown)(path, ...rest);
  };
  Object.assign(fs.promises, { open: watched });
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    Object.assign(fs.promises, { open });
    syncBuiltinESMExports();
  }
}
