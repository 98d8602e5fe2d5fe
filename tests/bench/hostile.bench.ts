/**
 * Random single-byte changes of a large bundle. Each is looked for by what `verify` reads volumes with, but only in the
 * entry that has the byte, with its framing: the others are what they were. Some go through the commands as a whole.
 */
import { createSmallMedia } from '../support/hostile-medium.ts';
import { linksForLauncher, linksOnHost, linksOnShare, linksServed } from '../support/links-elsewhere.ts';
import { linkPlaces, plantLinks } from '../support/planted-links.ts';
import { swapAtEachRead } from '../support/read-swaps.ts';
import { createSharedStore } from '../support/shared-store.ts';
import { swapLists } from '../support/swapped-lists.ts';
import { placeOfFile } from '../support/places.ts';
import { closeSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { hashVolumes } from '../../src/medium/adapters/volume-hashing.ts';
import type { Bundle } from '../../src/medium/domain/bundle.ts';
import { PommgrError } from '../../src/core/domain/errors.ts';
import { tarPaddingBytes } from '../../src/medium/domain/volume-plan.ts';
import { tarBlockBytes, tarEndBytes } from '../../src/core/domain/tar-blocks.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { createOnlineSide, type OnlineSide } from '../support/baseline.ts';
import { refusal, stateOf } from '../support/hostile-medium.ts';
import { lanesHere } from '../support/lanes-here.ts';
import { createHost, writeBelow } from '../support/offline.ts';
import { testContext } from '../support/online.ts';

const tries = 10_000;
const wholeTries = 20;
const lanes = lanesHere();
const context = testContext();
let online: OnlineSide;
let host: string;
let bundle: Bundle;
let entries: Entry[];

/** Of a volume, from its header to the next one; the last has the end of the volume, too. */
interface Entry {
  path: string;
  name: string;
  sha256: string;
  after: string | undefined;
  start: number;
  end: number;
  dataBytes: number;
  isLast: boolean;
}

beforeAll(async () => {
  const random = generator(1);
  const packageSizes = Array.from({ length: 1500 }, () => Math.floor(random() ** 3 * 800_000));
  online = await createOnlineSide({ packageSizes });
  await pack({ configFile: online.configFile, media: online.media, volumeSizeBytes: 2 ** 27, context });
  host = await createHost([online.key]);
  await writeBelow(host, 'etc/os-release', 'ID=debian\nVERSION_CODENAME=stable\n');
  const directory = join(online.media, 'bundles/site-1');
  bundle = JSON.parse(readFileSync(join(directory, 'bundle.json'), 'utf8')) as Bundle;
  entries = bundle.volumes.flatMap(({ file }, index) => entriesOf(join(directory, file), index));
  for (const [index, entry] of entries.entries()) entry.after = entries[index - 1]?.name;
});

function entriesOf(path: string, volume: number): Entry[] {
  const data = readFileSync(path);
  const found: Entry[] = [];
  for (let start = 0; data[start] !== 0; ) {
    const name = data.toString('latin1', start, start + 100).replace(/\0.*$/s, '');
    const dataBytes = Number.parseInt(data.toString('latin1', start + 124, start + 135), 8);
    const end = start + tarBlockBytes + dataBytes + tarPaddingBytes(dataBytes);
    const document =
      volume === 0 && found.length < 2 ? [bundle.baseline.file, bundle.packages][found.length] : undefined;
    const sha256 = document?.sha256 ?? name.slice('objects/'.length);
    found.push({ path, name, sha256, after: undefined, start, end, dataBytes, isLast: false });
    start = end;
  }
  const last = found.at(-1);
  if (last !== undefined) Object.assign(last, { end: data.length, isLast: true });
  return found;
}

/** Numbers from 0 to 1, the same for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Whether the entry, as it lies on the medium now, is taken for the one that was signed. */
async function isAccepted(entry: Entry): Promise<boolean> {
  const { path, start, end, after, name, sha256, isLast } = entry;
  const bytes = Buffer.alloc(end - start + (isLast ? 0 : tarEndBytes));
  const opened = openSync(path, 'r');
  readSync(opened, bytes, 0, end - start, start);
  closeSync(opened);
  const file = {
    read(target: Uint8Array, offset: number, length: number, position: number) {
      const part = bytes.subarray(position, position + length);
      target.set(part, offset);
      return Promise.resolve({ bytesRead: part.length });
    },
    close: () => Promise.resolve(),
  };
  const options = {
    ...{ lanes, after, signal: context.signal, onProgress() {} },
    open: () => Promise.resolve({ file, sizeBytes: bytes.length }) as never,
  };
  try {
    const found: string[] = [];
    for await (const hashed of hashVolumes(
      [{ place: placeOfFile(path), sizeBytes: bytes.length, position: 0 }],
      options,
    )) {
      found.push(`${hashed.name} ${hashed.sha256}`);
    }
    return found.join() === `${name} ${sha256}`;
  } catch (error) {
    if (error instanceof PommgrError && error.family === 'integrity') return false;
    throw error;
  }
}

/** Where in the volumes a byte lies, and which other byte is put there. */
function placeOf(random: () => number): { entry: Entry; place: number; bit: number } {
  const total = entries.reduce((sum, { start, end }) => sum + end - start, 0);
  let rest = Math.floor(random() * total);
  for (const entry of entries) {
    if (rest < entry.end - entry.start)
      return { entry, place: entry.start + rest, bit: Math.floor(random() * 8) };
    rest -= entry.end - entry.start;
  }
  throw new Error('no entry');
}

/** Does `work` while the byte is another one. */
async function withChanged<T>(
  { entry: { path }, place, bit }: ReturnType<typeof placeOf>,
  work: () => Promise<T>,
): Promise<T> {
  const file = openSync(path, 'r+');
  const byte = Buffer.alloc(1);
  readSync(file, byte, 0, 1, place);
  writeSync(file, Buffer.from([(byte[0] ?? 0) ^ (1 << bit)]), 0, 1, place);
  try {
    return await work();
  } finally {
    writeSync(file, byte, 0, 1, place);
    closeSync(file);
  }
}

it(`refuses each of ${tries} changed bytes of a large bundle`, async () => {
  const keyFile = join(online.directory, 'trusted.pem');
  await writeFile(keyFile, online.key.pem);
  const verified = await verify({ media: online.media, keyFiles: [keyFile], context });
  for (const entry of entries) expect(await isAccepted(entry), entry.name).toBe(true);
  const before = stateOf(host);
  const counts = { data: 0, framing: 0, accepted: 0 };
  const random = generator(20_261_123);
  const begun = performance.now();
  for (let count = 0; count < tries; count++) {
    const changed = placeOf(random);
    const inEntry = changed.place - changed.entry.start - tarBlockBytes;
    counts[inEntry >= 0 && inEntry < changed.entry.dataBytes ? 'data' : 'framing'] += 1;
    if (await withChanged(changed, () => isAccepted(changed.entry))) counts.accepted += 1;
  }
  const seconds = (performance.now() - begun) / 1000;
  const whole = { verify: 0, apply: 0 };
  for (let count = 0; count < wholeTries; count++) {
    const said = await withChanged(placeOf(random), async () => [
      await refusal(verify({ media: online.media, keyFiles: [keyFile], context })),
      await refusal(apply({ media: online.media, root: host, storeOnly: true, context })),
    ]);
    if (said[0]?.startsWith('5 ') !== true) whole.verify += 1;
    if (said[1]?.startsWith('5 ') !== true) whole.apply += 1;
    expect(stateOf(host)).toBe(before);
  }
  const size = verified.bundles[0]?.sizeBytes ?? 0;
  console.log(
    [
      `\nHostile media: ${(size / 1e6).toFixed(0)} MB in ${bundle.volumes.length} volumes, ${entries.length} entries`,
      `bytes changed        ${tries} (${counts.data} in data, ${counts.framing} in framing), ${seconds.toFixed(1)} s`,
      `accepted             ${counts.accepted}`,
      `by whole commands    ${wholeTries}, accepted by verify ${whole.verify}, by apply ${whole.apply}`,
    ].join('\n'),
  );
  expect([counts.accepted, whole.verify, whole.apply]).toEqual([0, 0, 0]);
});

it('goes through no link, and believes no signed list in the place of another', async () => {
  const small = await createSmallMedia();
  const shared = await createSharedStore();
  const { media } = small.full;
  const found = {
    'on a medium': await plantLinks(small, linkPlaces(small)),
    'on a share': await linksOnShare(shared),
    'in a root and its store': await linksOnHost(shared),
    'in what is served': await linksServed(shared),
    'for the launcher': await linksForLauncher({ media, keyFile: small.keyFile, key: small.site.key }),
  };
  const swaps = await swapLists(small);
  const lines = Object.entries(found).map(
    ([where, { attempts, wrong }]) =>
      `links ${where.padEnd(24)} ${attempts}, written outside or accepted ${wrong.length}`,
  );
  console.log([...lines, `lists swapped ${swaps.swaps}, accepted ${swaps.wrong.length}`].join('\n'));
  expect([...Object.values(found).flatMap(({ wrong }) => wrong), ...swaps.wrong]).toEqual([]);
});

it('takes nothing of a share that changes between two reads', async () => {
  const shared = await createSharedStore();
  const host = await shared.host();
  const { directory } = shared;
  const counts = await swapAtEachRead({
    ...{ directory, host, command: () => shared.from(host, { from: directory }) },
    mayDiffer: / var\/(?:cache|lib\/apt\/lists)|\/\.lock /,
  });
  console.log(`swaps on a share     ${counts.refused} refused, ${counts.applied} without effect`);
  expect(counts.wrong).toEqual([]);
});
