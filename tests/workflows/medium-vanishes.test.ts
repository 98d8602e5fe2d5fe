/** A medium that goes away, or fails, in the middle of `apply` and `verify`. */
import { truncateSync } from 'node:fs';
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import type { Context } from '../../src/core/domain/progress.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { mountMedium, unmountMedium } from '../support/mounted-medium.ts';
import { createHost, createSite, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { buildPackage } from '../support/packages.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const program = fileURLToPath(new URL('../../bin/pommgr.js', import.meta.url));
const context = testContext('2025-06-03T00:00:00Z');
let site: Site;
/** Has test-1 in several volumes. */
let original: string;

beforeAll(async () => {
  site = await createSite();
  const noise = (seed: string) =>
    Array.from({ length: 3000 }, (_, line) => `${seed} ${line * line}`).join('\n');
  const large = await Promise.all(
    ['one', 'two', 'three'].map((name) =>
      buildPackage({ name, version: '1.0', files: { [`/usr/share/${name}`]: noise(name) } }),
    ),
  );
  await site.publish({ components: { main: [...site.packages, ...large] } });
  await site.bring();
  original = await scratchDirectory();
  await pack({ configFile: site.configFile, media: original, volumeSizeBytes: 20 * 1024, context });
  expect((await readdir(bundleOf(original))).filter((name) => name.endsWith('.tar')).length).toBeGreaterThan(
    1,
  );
});

function bundleOf(media: string): string {
  return join(media, 'bundles/test-1');
}

async function mounted(): Promise<string> {
  const media = await mountMedium();
  await cp(original, media, { recursive: true });
  return media;
}

/** Calls `happen` when the first bytes of the volumes have been read. */
function onceReading(happen: () => void): Context {
  let isDone = false;
  const add = (): void => {
    if (!isDone) happen();
    isDone = true;
  };
  return { ...context, progress: { ...context.progress, meter: () => ({ add, done() {} }) } };
}

async function unchanged(root: string, before: readonly string[]): Promise<void> {
  expect((await treeOf(root)).filter((line) => !line.includes('/.lock '))).toEqual(before);
}

describe('pulled out in the middle', () => {
  test('of apply: nothing was changed, and the medium is what is named', async () => {
    const root = await createHost([site.key]);
    const before = await treeOf(root);
    const media = await mounted();

    const pulled = apply({ media, root, context: onceReading(() => unmountMedium(media)) });

    await expect(pulled).rejects.toMatchObject({
      code: 'state.medium-gone',
      exitCode: 8,
      message: `The medium at ${media} went away while it was read.`,
      hints: [expect.stringMatching(/Put it back.*run the same command again/)],
    });
    await unchanged(root, before);
    expect(await apply({ media: original, root, context })).toMatchObject({ outcome: 'applied' });
    expect(await hostStatus({ root })).toMatchObject({ applied: { baseline: 'test-1' }, interrupted: null });
  });

  test('of a dry run and of verify', async () => {
    const root = await createHost([site.key]);
    const before = await treeOf(root);
    for (const work of [
      (media: string, told: Context) => apply({ media, root, dryRun: true, context: told }),
      (media: string, told: Context) => verify({ media, root, context: told }),
    ]) {
      const media = await mounted();
      await expect(
        work(
          media,
          onceReading(() => unmountMedium(media)),
        ),
      ).rejects.toMatchObject({
        code: 'state.medium-gone',
      });
    }
    await unchanged(root, before);
  });

  test('after the last byte, it harms nothing', async () => {
    const root = await createHost([site.key]);
    const media = await mounted();
    const told: Context = {
      ...context,
      progress: {
        ...context.progress,
        step: (text) => {
          if (text.startsWith('Storing')) unmountMedium(media);
        },
      },
    };
    expect(await apply({ media, root, context: told })).toMatchObject({ outcome: 'applied' });
    expect(await readdir(media)).toEqual([]);
  });
});

test('a volume that is cut while it is read is damage, and undone, too', async () => {
  const root = await createHost([site.key]);
  const before = await treeOf(root);
  const media = join(await scratchDirectory(), 'medium');
  await cp(original, media, { recursive: true });
  const last = (await readdir(bundleOf(media))).filter((name) => name.endsWith('.tar')).at(-1) ?? '';
  const cut = onceReading(() => truncateSync(join(bundleOf(media), last), 10_000));

  await expect(apply({ media, root, context: cut })).rejects.toMatchObject({
    code: 'integrity.size',
    message: expect.stringContaining(last),
  });
  await unchanged(root, before);
});

/** strace fails every read of one file but the first few, as a device does. */
test('a device that fails is named, and what was begun is undone', async () => {
  const root = await createHost([site.key]);
  const before = await treeOf(root);
  const [volume = ''] = (await readdir(bundleOf(original)))
    .filter((name) => name.endsWith('.tar'))
    .toReversed();
  const path = join(bundleOf(original), volume);
  const failing = [
    ...['--follow-forks', '--quiet=all', '--output=/dev/null', `--trace-path=${path}`],
    ...['--trace=read,pread64', '--inject=read,pread64:error=EIO', process.execPath, program],
  ];
  const args = ['apply', '--media', original, '--root', root, '--json', '--quiet'];
  const { stdout } = await run('strace', [...failing, ...args], { accept: [8] });
  expect(JSON.parse(stdout)).toMatchObject({
    error: {
      code: 'state.medium-gone',
      message: `${path} is not reached any more: the medium, share or device is gone or failing (EIO).`,
    },
  });
  await unchanged(root, before);
});
