/** Drivers of media killed at 50 moments of `pack` and of `apply`: the medium is gone, never a bug, and reruns converge. */
import { beforeAll, expect, it } from 'vitest';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import type { FuseKind } from '../support/fuse-media.ts';
import { createSite, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { pullWhileApplied, pullWhilePacked } from '../support/pulled-media.ts';

const moments = Number(process.env['POMMGR_BENCH_PULLS'] ?? '50');
const shares = Array.from({ length: moments }, (_, index) => (index + 0.5) / moments);
let site: Site;

beforeAll(async () => {
  site = await createSite();
  await site.publish({ components: { main: site.packages } });
  const context = testContext('2025-06-06T00:00:00Z');
  await snapshot({ configFile: site.configFile, context, dryRun: false, force: true });
});

it.each<FuseKind>(['fusefat', 'exfat-fuse', 'ntfs-3g'])('%s', async (kind) => {
  const packed = await pullWhilePacked(kind, { site, shares });
  const applied = await pullWhileApplied(kind, { site, shares });
  console.log(
    `\n${kind}: pulled ${packed.moments} times while packing, ${applied.moments} while applying; wrong ${packed.wrong.length + applied.wrong.length}`,
  );
  expect([...packed.wrong, ...applied.wrong]).toEqual([]);
  expect([packed.moments, applied.moments]).toEqual([moments, moments]);
});
