/**
 * Parts of a medium swapped with their like of another medium that the same key signed: refused by `verify` and `apply`.
 * What lies at the top and is not ours does no harm and is never read.
 */
import { followedPath } from '../support/followed-path.ts';
import fs from 'node:fs';
import { chmod, cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { openSigningKey } from '../../src/trust/adapters/signing.ts';
import { verifyText } from '../../src/bundle/ui/verify-text.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { writeStandIn } from '../support/bare-host.ts';
import {
  createSmallMedia,
  pathsBelow,
  renamedTo,
  without,
  type SmallMedia,
} from '../support/hostile-medium.ts';
import { copyMedium } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { bringSubscriptions } from '../support/subscription-medium.ts';
import { testInfo } from '../support/subscriptions.ts';

const timeout = 300_000;
let media: SmallMedia;

beforeAll(async () => {
  media = await createSmallMedia();
});

it('a set of subscriptions does not pass for a newer one', async () => {
  const own = 'subscriptions/20261120T080000Z';
  const later = renamedTo((path) => path.replace('2026', '2099'));
  expect(await without(media.full, own, later)).toEqual([]);
});

describe('swapped with the like of another medium by the same key', () => {
  let other: string;

  beforeAll(async () => {
    const { keyFile, site } = media;
    other = await copyMedium(media.full.media);
    await rm(join(other, 'bundles'), { recursive: true });
    await rename(join(other, 'runtime/1.0.0'), join(other, 'runtime/1.1.0'));
    await rm(join(other, 'runtime/1.1.0'), { recursive: true });
    await writeStandIn(other, '1.1.0', { keyFiles: [keyFile], node: Buffer.from('other') });
    await rm(join(other, 'subscriptions'), { recursive: true });
    const info = { ...testInfo, nextduedate: '2029-01-01' };
    const created = '2026-11-21T08:00:00Z';
    await bringSubscriptions(await openSigningKey(keyFile), [{ info }], { media: other, created });
    const full = await site.bring();
    await cp(join(full, 'bundles'), join(other, 'bundles'), { recursive: true });
    for (const name of ['POMMGR.txt', 'pommgr', 'tool']) {
      await rm(join(other, name), { recursive: true });
      await cp(join(full, name), join(other, name), { recursive: true });
    }
  });

  /** The like of each directory of the first medium. */
  const likes = [
    ['bundles/test-1', 'bundles/test-3'],
    ['bundles/test-1', 'bundles/test-2-from-test-1'],
    ['runtime/1.0.0', 'runtime/1.1.0'],
    ['subscriptions/20261120T080000Z', 'subscriptions/20261121T080000Z'],
    ['tool', 'tool'],
  ] as const;

  it.each(likes)(
    '%s is refused: as a whole, and each of its files',
    async (own, like) => {
      const from = like.includes('-from-') ? media.delta.media : other;
      const place = join(media.full.media, own);
      const whole = await without(media.full, own, (path) => cp(join(from, like), path, { recursive: true }));
      expect(whole).toEqual([]);
      const wrong: string[] = [];
      for (const file of pathsBelow(place, 'file')) {
        const theirs = await readFile(join(from, like, file)).catch(() => undefined);
        if (theirs === undefined || theirs.equals(await readFile(join(place, file)))) continue;
        wrong.push(...(await without(media.full, join(own, file), (path) => writeFile(path, theirs))));
      }
      expect(wrong).toEqual([]);
    },
    timeout,
  );

  it.each(['POMMGR.txt', 'pommgr'])('%s is refused', async (file) => {
    const wrong = await without(media.full, file, (path) => cp(join(other, file), path));
    expect(wrong).toEqual([]);
  });
});

it('strangers at the top do no harm, are listed in one line, and are never read', async () => {
  const medium = await copyMedium(media.full.media);
  const { host } = media.full;
  const strange = [
    'System Volume Information',
    'lost+found',
    '.Trash-1000',
    'FOUND.000',
    'a\nb: everything is right.',
  ];
  for (const name of strange) {
    await mkdir(join(medium, name));
    await writeFile(join(medium, name, 'SHA256SUMS'), 'x');
    await chmod(join(medium, name), 0);
  }
  for (const name of ['desktop.ini', 'autorun.inf', '\u001b[2J']) await run('mkfifo', [join(medium, name)]);
  await symlink('/', join(medium, 'root'));
  await symlink('loop', join(medium, 'loop'));
  fs.writeFileSync(Buffer.concat([Buffer.from(`${medium}/`), Buffer.from([0xff, 0xfe])]), '');
  const known = [
    'POMMGR.txt',
    'bundles',
    'pommgr',
    'receipts',
    'rotations',
    'runtime',
    'subscriptions',
    'tool',
  ];
  const context = testContext('2025-06-06T00:00:00Z');

  const { result, touched } = await watched(medium, async () => ({
    report: await verify({ media: medium, root: host, context }),
    applied: await apply({ media: medium, root: host, dryRun: true, context }),
  }));

  expect(result.applied.outcome).toBe('would-apply');
  expect(result.report.strangers).toHaveLength(strange.length + 6);
  expect(verifyText(result.report).split('\n').at(-1)).toContain('a\\nb: everything is right., ');
  expect([...touched].filter((name) => !known.includes(name))).toEqual([]);
  expect(touched.size).toBeGreaterThan(4);
  for (const name of strange) await chmod(join(medium, name), 0o755);
});

/** The names at the top of a directory below which anything was opened or listed, or whose links were followed. */
async function watched<T>(
  directory: string,
  work: () => Promise<T>,
): Promise<{ result: T; touched: Set<string> }> {
  const names = ['open', 'readdir', 'readFile', 'opendir', 'stat', 'realpath', 'readlink', 'access'] as const;
  const real = Object.fromEntries(names.map((name) => [name, fs.promises[name]]));
  const touched = new Set<string>();
  for (const name of names) {
    const call = real[name] as (...of: unknown[]) => unknown;
    Object.assign(fs.promises, {
      [name]: (given: unknown, ...rest: unknown[]) => {
        const path = followedPath(given);
        if (path?.startsWith(`${directory}/`) === true) {
          touched.add(path.slice(directory.length + 1).split('/')[0] ?? '');
        }
        return call(given, ...rest);
      },
    });
  }
  syncBuiltinESMExports();
  try {
    return { result: await work(), touched };
  } finally {
    Object.assign(fs.promises, real);
    syncBuiltinESMExports();
  }
}
