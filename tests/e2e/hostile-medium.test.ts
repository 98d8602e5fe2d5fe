/**
 * Every byte of a small medium changed, and every file cut at every length: refused by what `verify` and `apply` are made
 * of, each byte by the parts that read it; samples by the commands as a whole, which change nothing on the host.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openHasherPool } from '../../src/core/adapters/hashing.ts';
import { openBundle } from '../../src/medium/adapters/verified-bundle.ts';
import { checkIncoming } from '../../src/core/adapters/incoming-object.ts';
import { locateStore } from '../../src/store/adapters/store.ts';
import { readHostTrust, type TrustedKeys } from '../../src/trust/adapters/trusted-keys.ts';
import type { ReceiveObject } from '../../src/medium/workflows/bundle-reading.ts';
import { openBase } from '../../src/store/workflows/open-base.ts';
import { readBundle } from '../../src/bundle/workflows/read-bundle.ts';
import { verifySubscriptions } from '../../src/subscription/workflows/verify-subscriptions.ts';
import { verifyTool } from '../../src/medium/workflows/verify-tool.ts';
import { pommgr } from '../support/cli.ts';
import {
  complaints,
  createSmallMedia,
  pathsBelow,
  refusal,
  stateOf,
  type SmallMedia,
  type SmallMedium,
} from '../support/hostile-medium.ts';
import { lanesHere } from '../support/lanes-here.ts';
import { testContext } from '../support/online.ts';
import { rememberFiles } from '../support/remembered-files.ts';

/** Alone on two cores it takes a tenth of that. */
const timeout = 300_000;
const context = testContext();
const hashers = openHasherPool(2);
const lanes = lanesHere();
let media: SmallMedia;
let trusted: TrustedKeys;

beforeAll(async () => {
  media = await createSmallMedia();
  trusted = await readHostTrust(media.full.host);
});

afterAll(async () => await hashers.close());

type Reader = () => Promise<unknown>;

/** The parts of `verify` and of `apply` that read a file: one where both have the same. */
async function readersOf(medium: SmallMedium, file: string): Promise<Reader[]> {
  const [top] = file.split('/');
  if (top === 'subscriptions') return [() => verifySubscriptions(medium.media, trusted)];
  if (top !== 'bundles') return [() => verifyTool(medium.media, { trusted, context })];
  if (!file.endsWith('.tar')) return [() => openBundle(medium.media, medium.bundle, trusted)];
  const opened = await openBundle(medium.media, medium.bundle, trusted);
  const receive: ReceiveObject = (object, source) => checkIncoming({ ...object, ...source }, hashers);
  const options = { receive, signal: context.signal, onProgress() {} };
  const base = await openBase(opened, await locateStore(medium.host, undefined));
  return [() => readBundle(opened, { ...options, lanes }), () => readBundle(opened, { ...options, base })];
}

/** Every file of both media. */
function allFiles(): { medium: SmallMedium; file: string; path: string; data: Buffer }[] {
  return [media.full, media.delta].flatMap((medium) =>
    pathsBelow(medium.media, 'file').map((file) => {
      const path = join(medium.media, file);
      return { medium, file, path, data: readFileSync(path) };
    }),
  );
}

/** Trust for what is signed itself, integrity for what the signed list covers. */
function exitCodeOf(file: string): string {
  return /SHA256SUMS(\.[0-9a-f]{16}\.sig)?$/.test(file) ? '4' : '5';
}

interface Tried {
  count: number;
  wrong: string[];
}

/** Has each file read as it is, then with each of the contents that `spoil` gives, in memory. */
async function tryAll(spoil: (data: Buffer, file: string) => Iterable<[string, Buffer]>): Promise<Tried> {
  const tried: Tried = { count: 0, wrong: [] };
  for (const { medium, file, path, data } of allFiles()) {
    const remembered = rememberFiles(medium.media);
    try {
      const readers = await readersOf(medium, file);
      for (const read of readers) await read();
      for (const [what, spoiled] of spoil(data, file)) {
        remembered.replace(path, spoiled);
        for (const read of readers) {
          const said = await refusal(read());
          tried.count += 1;
          if (said?.split(' ')[0] !== exitCodeOf(file)) tried.wrong.push(`${file}, ${what}: ${said}`);
        }
      }
    } finally {
      remembered.forget();
    }
  }
  return tried;
}

/** One bit of each byte, chosen by its place. */
function* changedBytes(data: Buffer): Generator<[string, Buffer]> {
  const changed = Buffer.from(data);
  for (const [place, byte] of data.entries()) {
    changed[place] = byte ^ (1 << (place % 8));
    yield [`byte ${place}`, changed];
    changed[place] = byte;
  }
}

/** Every length; of a volume those around the ends of blocks, and some between. */
function* cutOff(data: Buffer, file: string): Generator<[string, Buffer]> {
  const isNear = (length: number): boolean =>
    !file.endsWith('.tar') || (length + 1) % 512 < 3 || length % 97 === 0;
  for (let length = 0; length < data.length; length++) {
    if (isNear(length)) yield [`${length} bytes`, data.subarray(0, length)];
  }
}

it(
  'is refused with any byte changed, by the parts of verify and apply that read it',
  async () => {
    const { count, wrong } = await tryAll(changedBytes);
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(40_000);
  },
  timeout,
);

it(
  'is refused with any file cut, at any length',
  async () => {
    const { count, wrong } = await tryAll(cutOff);
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(4000);
  },
  timeout,
);

it(
  'is refused with a byte changed or a file longer by verify and apply as a whole, and the host is as before',
  async () => {
    const wrong: string[] = [];
    for (const [index, { medium, file, path, data }] of allFiles().entries()) {
      for (const place of [(index * 7919) % data.length, data.length]) {
        const spoiled = Buffer.concat([data, Buffer.from(place === data.length ? '\0' : '')]);
        spoiled[place] = (spoiled[place] ?? 0) ^ 1;
        writeFileSync(path, spoiled);
        wrong.push(...(await complaints(medium)).map((text) => `${file}, byte ${place}: ${text}`));
      }
      writeFileSync(path, data);
    }
    expect(wrong).toEqual([]);
  },
  timeout,
);

it.each([
  ['bundles/test-1/SHA256SUMS', 4],
  ['bundles/test-1/vol-0002.tar', 5],
  ['runtime/1.0.0/PURPOSE', 5],
])('ends the commands with the right exit code: a bit of %s', async (file, exitCode) => {
  const { media: medium, host } = media.full;
  const path = join(medium, file);
  const data = readFileSync(path);
  const before = stateOf(host);
  writeFileSync(path, Buffer.concat([data.subarray(0, -1), Buffer.from([(data.at(-1) ?? 0) ^ 1])]));
  for (const command of ['verify', 'apply']) {
    const outcome = await pommgr([command, '--media', medium, '--root', host]);
    expect(outcome, outcome.stderr).toMatchObject({ exitCode, stdout: '' });
  }
  expect(stateOf(host)).toBe(before);
  writeFileSync(path, data);
});
