/**
 * A medium that gives other bytes from some moment on, for every moment of an `apply`: either it is refused and the host is
 * as before, or the host ends as with the true medium. Nothing of the other bytes gets to apt.
 */
import { below, pathOf } from '../../src/core/domain/place.ts';
import { followedPath } from '../support/followed-path.ts';
import fs from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { readHostTrust } from '../../src/trust/adapters/trusted-keys.ts';
import { openSubscriptions, readInfo } from '../../src/subscription/adapters/subscription-medium.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { createSmallMedia, refusal, type SmallMedia } from '../support/hostile-medium.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

let media: SmallMedia;

beforeAll(async () => {
  media = await createSmallMedia();
});

type Event = { what: 'open' | 'read' | 'close'; path: string };

/** Runs `work` and tells `at` of each time that a file below the directory is about to be opened, read or closed. */
async function watchReads<T>(
  directory: string,
  at: (event: Event) => void,
  work: () => Promise<T>,
): Promise<T> {
  const { open } = fs.promises;
  const watchedOpen = async (given: unknown, ...rest: unknown[]): Promise<unknown> => {
    const path = followedPath(given);
    const isOurs = path?.startsWith(`${directory}/`) === true && fs.statSync(path).isFile();
    if (isOurs) at({ what: 'open', path });
    const file = await (open as (...of: unknown[]) => Promise<fs.promises.FileHandle>)(given, ...rest);
    if (!isOurs || !(await file.stat()).isFile()) return file;
    const { read, close } = file;
    return Object.assign(file, {
      read(...of: Parameters<typeof read>) {
        at({ what: 'read', path });
        return read.apply(file, of);
      },
      close() {
        at({ what: 'close', path });
        return close.call(file);
      },
    });
  };
  Object.assign(fs.promises, { open: watchedOpen });
  syncBuiltinESMExports();
  try {
    return await work();
  } finally {
    Object.assign(fs.promises, { open });
    syncBuiltinESMExports();
  }
}

/** Other bytes in place, so that a file that is open has them, too: all, or of a volume a bit of the last object. */
function spoil(path: string, how: 'all' | 'one'): void {
  const data = fs.readFileSync(path);
  const last = data.findLastIndex((byte) => byte !== 0);
  const spoiled = data.map((byte, place) => (how === 'all' ? byte ^ 0xff : byte ^ Number(place === last)));
  fs.writeFileSync(path, spoiled, { flag: 'r+' });
}

it('gets none of its later bytes to apt', async () => {
  const { media: medium, host } = media.full;
  const copy = join(await scratchDirectory(), 'host');
  const whole = join(await scratchDirectory(), 'medium');
  await run('cp', ['-a', '--', host, copy]);
  await run('cp', ['-a', '--', medium, whole]);
  const restore = async (): Promise<void> => {
    await run('rsync', ['-aHc', '--delete', '--', `${copy}/`, `${host}/`]);
    await run('rsync', ['-a', '--inplace', '--checksum', '--', `${whole}/`, `${medium}/`]);
  };
  const attempt = async (at: (event: Event) => void): Promise<string | undefined> => {
    const context = testContext('2025-06-06T00:00:00Z');
    return await refusal(watchReads(medium, at, () => apply({ media: medium, root: host, context })));
  };
  const before = await treeOf(host);
  const events: Event[] = [];
  expect(await attempt((event) => void events.push(event))).toBeUndefined();
  const after = withoutCaches(await treeOf(host));
  const ofBundle = [...events.keys()].filter((index) => events[index]?.path.includes('/bundles/'));
  const others = [...events.keys()].filter((index) => index % 7 === 0);
  const counts = { refused: 0, applied: 0 };
  const ofVolumes = ofBundle.filter((index) => events[index]?.path.endsWith('.tar'));
  const moments = [
    ...[...new Set([...ofBundle, ...others])].map((index) => ({ index, how: 'all' as const })),
    ...ofVolumes.map((index) => ({ index, how: 'one' as const })),
  ];
  for (const { index, how } of moments) {
    await restore();
    let number = 0;
    const said = await attempt(({ path }) => {
      if (number === index) spoil(path, how);
      number += 1;
    });
    const { what, path } = events[index] as Event;
    const moment = `${what} ${path}, number ${index}: ${said}`;
    if (said === undefined) {
      counts.applied += 1;
      expect(withoutCaches(await treeOf(host)), moment).toEqual(after);
    } else {
      counts.refused += 1;
      expect(moment).toMatch(/: [45] (?:trust|integrity)\./);
      expect(await treeOf(host), moment).toEqual(before);
    }
  }
  await restore();
  expect(counts.refused).toBeGreaterThan(10);
  expect(counts.applied).toBeGreaterThan(5);
}, 300_000);

function withoutCaches(tree: readonly string[]): string[] {
  return tree.filter((line) => !/ var\/cache\//.test(line));
}

it('gets none of its later bytes to who asks for subscription infos', async () => {
  const { media: medium, host } = media.full;
  const [set] = await openSubscriptions(medium, await readHostTrust(host));
  const info = set?.set.hosts[0]?.infos[0];
  if (set === undefined || info === undefined) throw new Error('no info');
  const path = pathOf(below(set.signed.directory, info.file));
  const data = await readFile(path);
  expect(JSON.parse(await readInfo(set, info))).toMatchObject({ status: 'active' });
  spoil(path, 'one');
  await expect(readInfo(set, info)).rejects.toMatchObject({ code: 'integrity.digest' });
  await writeFile(path, data);
});
