/** Every signed directory of a medium in the place of every other, and under every other name: none may be believed. */
import { cp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../src/core/adapters/process.ts';
import { complaints, type SmallMedia } from './hostile-medium.ts';
import { copyMedium } from './offline.ts';
import { scratchDirectory } from './scratch.ts';

/** The signed directories of the small media. */
const sources = [
  'tool',
  'runtime/1.0.0',
  'subscriptions/20261120T080000Z',
  'bundles/test-1',
  'bundles/test-2-from-test-1',
];

const places = [
  ...['tool', 'TOOL', 'Tool', 'runtime/1.0.0', 'runtime/1.0.1', 'RUNTIME/1.0.0'],
  ...['subscriptions/20261120T080000Z', 'subscriptions/20991120T080000Z', 'Subscriptions/20261120T080000Z'],
  ...['bundles/test-1', 'bundles/test-2', 'bundles/other-1', 'bundles/test-2-from-test-1', 'Bundles/test-1'],
];

export interface SwapFindings {
  swaps: number;
  /** What was accepted, or changed the host. */
  wrong: string[];
}

/** Runs verify, apply and verify.sh on each; `only` picks some of them. */
export async function swapLists(
  media: SmallMedia,
  only: (index: number) => boolean = () => true,
): Promise<SwapFindings> {
  const keys = join(media.full.host, 'etc/pommgr/trusted-keys.d');
  const script = join(await scratchDirectory(), 'verify.sh');
  await cp('templates/verify.sh', script);
  const pairs = sources.flatMap((from) => places.filter((to) => to !== from).map((to) => ({ from, to })));
  const found: SwapFindings = { swaps: 0, wrong: [] };
  for (const { from, to } of pairs.filter((_, index) => only(index))) {
    found.swaps += 1;
    const medium = await copyMedium(media.full.media);
    const origin = join(from.includes('-from-') ? media.delta.media : media.full.media, from);
    const target = join(medium, to);
    await rm(target, { recursive: true, force: true });
    await cp(origin, target, { recursive: true });
    // The list of tool/ names files beside the directory.
    if (to === 'tool') {
      for (const name of await readdir(target)) {
        if (!name.startsWith('SHA256SUMS')) await rename(join(target, name), join(medium, name));
      }
    }
    const said = await complaints({ ...media.full, media: medium }, [2, 4, 5]);
    const byHand = await run('sh', [script, medium, keys], { accept: [0, 1, 2] });
    if (byHand.exitCode !== 1) said.push(`verify.sh says ${byHand.exitCode}: ${byHand.stdout}`);
    found.wrong.push(...said.map((text) => `${from} as ${to}: ${text}`));
    await rm(medium, { recursive: true });
  }
  return found;
}
