/** A medium that is full, or that something else fills while `pack` writes: what is said, and what the next run does. */
import { appendFileSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { packSet } from '../../src/bundle/workflows/pack-set.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { mountMedium } from '../support/mounted-medium.ts';
import { createHost, createSite, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { atOperation, countOperations, failureOf } from '../support/pulled-media.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2025-06-06T00:00:00Z');
/** How far `pack` has got: before its own check of the room, with the tool, and with a bundle's volumes and list. */
const shares = [0, 0.3, 0.45, 0.6, 0.75];
let site: Site;

beforeAll(async () => {
  site = await createSite();
  await site.publish({ components: { main: site.packages } });
  await snapshot({ configFile: site.configFile, context, dryRun: false, force: true });
});

function packTo(media: string) {
  return pack({ configFile: site.configFile, media, context, volumeSizeBytes: 10_240 });
}

/** Takes the last byte of the file system. */
function fill(media: string): void {
  for (const sizeBytes of [65_536, 4096, 1]) {
    try {
      for (;;) appendFileSync(join(media, 'filler'), Buffer.alloc(sizeBytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}

it('says what it needs and what is there, and the next run ends as an undisturbed one', async () => {
  const undisturbed = await mountMedium();
  const operations = await countOperations(undisturbed, () => packTo(undisturbed));
  const expected = await treeOf(undisturbed);
  const host = await createHost([site.key]);
  for (const share of shares) {
    const media = await mountMedium();
    const error = await failureOf(
      atOperation(media, Math.max(1, Math.floor(operations * share)), {
        happen: () => fill(media),
        work: () => packTo(media),
      }),
    );
    expect(error).toMatchObject({ code: 'state.space', exitCode: 8 });
    // Path, what is needed for what, file system and what it has.
    expect(error?.message).toMatch(new RegExp(`${media}.* test-1.* 4\\.21 MB|${media}.* 4\\.21 MB.* test-1`));
    expect(error?.message).toMatch(new RegExp(`${media} \\(tmpfs on pommgr-test\\)`));
    expect(error?.message).toMatch(/\b0 B (?:of 67\.1 MB free|on )|found 0 B/);
    expect(error?.message).not.toContain('/proc/');
    expect(error?.hints.join(' ')).toMatch(/run the same command again.* spread it over several media/);
    expect(error?.hints.join(' ')).not.toContain('store gc');
    // Nothing that a host could take for a bundle.
    expect(await readdir(join(media, 'bundles')).catch(() => [])).toEqual([]);
    rmSync(join(media, 'filler'));
    await packTo(media);
    expect(await treeOf(media)).toEqual(expected);
    await verify({ media, root: host, context });
  }
});

it('applies from a full medium, and says why there is no receipt', async () => {
  const media = await mountMedium();
  await packTo(media);
  fill(media);
  const root = await createHost([site.key]);
  const error = await failureOf(apply({ media, root, receipt: media, context }));
  expect(error).toMatchObject({ code: 'state.receipt', details: { outcome: 'applied' } });
  expect(error?.message).toContain(`It is ${media} (tmpfs on pommgr-test), 0 B of 67.1 MB free.`);
  rmSync(join(media, 'filler'));
  const { outcome, receipt } = await apply({ media, root, receipt: media, context });
  expect(outcome).toBe('unchanged');
  expect(receipt?.file).toContain(join(media, 'receipts'));
});

it('says of a set how much each medium takes', async () => {
  const media = await mountMedium(100);
  const options = { configFile: site.configFile, media: [media], resume: false, context };
  expect(await failureOf(packSet({ ...options, volumeSizeBytes: 10_240 }))).toMatchObject({
    code: 'state.space',
    message: expect.stringContaining(`have no place; ${media} (tmpfs) has 0 B for volumes.`) as unknown,
  });
});
