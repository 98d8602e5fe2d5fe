/**
 * A medium, or a store on a share, that gives other bytes from some moment on, for moments of an `apply`: nothing of the
 * other bytes gets to apt.
 */
import { below, pathOf } from '../../src/core/domain/place.ts';
import { readFile, writeFile } from 'node:fs/promises';
import { beforeAll, expect, it } from 'vitest';
import { readHostTrust } from '../../src/trust/adapters/trusted-keys.ts';
import { openSubscriptions, readInfo } from '../../src/subscription/adapters/subscription-medium.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { createSmallMedia, type SmallMedia } from '../support/hostile-medium.ts';
import { testContext } from '../support/online.ts';
import { spoil, swapAtEachRead, type ReadEvent } from '../support/read-swaps.ts';
import { createSharedStore } from '../support/shared-store.ts';

/** `npm run test:full` tries every moment. */
const isFull = process.env['POMMGR_TEST_FULL'] === '1';
let media: SmallMedia;

beforeAll(async () => {
  media = await createSmallMedia();
});

/** Of the bundle's files each kind of event; of the others, which are many, some. */
function chooseMoments(events: readonly ReadEvent[]): { index: number; how: 'all' | 'one' }[] {
  const every = isFull ? 1 : 3;
  const numbers = [...events.keys()];
  const ofBundle = numbers.filter((index) => events[index]?.path.includes('/bundles/'));
  const others = numbers.filter((index) => index % 7 === 0);
  const ofVolumes = ofBundle.filter((index) => events[index]?.path.endsWith('.tar'));
  return [
    ...[...new Set([...ofBundle, ...others])].map((index) => ({ index, how: 'all' as const })),
    ...ofVolumes.map((index) => ({ index, how: 'one' as const })),
  ].filter((_, index) => index % every === 0);
}

it('a medium gets none of its later bytes to apt', async () => {
  const { media: medium, host } = media.full;
  const command = (): Promise<unknown> =>
    apply({ media: medium, root: host, context: testContext('2025-06-06T00:00:00Z') });
  const counts = await swapAtEachRead({ directory: medium, host, command, choose: chooseMoments });
  expect(counts.wrong).toEqual([]);
  expect(counts.refused).toBeGreaterThan(5);
  expect(counts.applied).toBeGreaterThan(2);
}, 300_000);

it('a store on a share gets none of its later bytes to apt', async () => {
  const shared = await createSharedStore();
  const host = await shared.host();
  const { directory } = shared;
  const counts = await swapAtEachRead({
    ...{ directory, host },
    command: () => shared.from(host, { from: directory }),
    // A package whose bytes are wrong has no changelog on the host; nothing else depends on it.
    mayDiffer:
      / var\/(?:cache|lib\/apt\/lists)|\/\.lock | [^ ]*\/changelogs(?: |\/(?:without|.*\.changelog) )/,
    choose: (events) =>
      [...events.keys()]
        .filter((index) => isFull || index % Math.ceil(events.length / 12) === 1)
        .map((index) => ({ index, how: 'all' })),
  });
  expect(counts.wrong).toEqual([]);
  expect(counts.refused).toBeGreaterThan(2);
  expect(counts.applied).toBeGreaterThan(1);
}, 300_000);

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
