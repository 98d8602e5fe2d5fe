import { appendFile, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { lockFile } from '../../src/core/adapters/file-lock.ts';
import { run } from '../../src/core/adapters/process.ts';
import type { ErrorCode } from '../../src/core/domain/errors.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { createSigningIdentity } from '../support/gpg.ts';
import {
  aptWithoutNetwork,
  copyMedium,
  createHost,
  createSite,
  pretendInstalled,
  writeBelow,
  type Site,
} from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext();
let site: Site;
let media: string;

beforeAll(async () => {
  site = await createSite();
  media = await site.bring();
});

const spoilings: [string, ErrorCode, (bundle: string) => Promise<void>][] = [
  ['a changed byte in an object', 'integrity.digest', (bundle) => changeObject(join(bundle, 'vol-0001.tar'))],
  ['a changed package list', 'integrity.digest', (bundle) => changePackageList(join(bundle, 'vol-0001.tar'))],
  ['a cut volume', 'integrity.size', (bundle) => truncate(join(bundle, 'vol-0001.tar'), 5120)],
  ['a volume that is missing', 'integrity.missing', (bundle) => rm(join(bundle, 'vol-0001.tar'))],
  ['a file too many', 'integrity.extra', (bundle) => writeFile(join(bundle, 'more'), '')],
  ['a changed root', 'trust.signature', (bundle) => appendFile(join(bundle, 'SHA256SUMS'), '\n')],
  ['no signature', 'trust.unsigned', removeSignature],
];

test.each(spoilings)('%s on the medium changes nothing on the host', async (_, code, spoil) => {
  const root = await createHost([site.key]);
  const spoiled = await copyMedium(media);
  await spoil(join(spoiled, 'bundles/test-1'));
  const before = [await treeOf(root), await treeOf(spoiled)];

  await expect(apply({ media: spoiled, root, context })).rejects.toMatchObject({ code });
  await expect(apply({ media: spoiled, root, dryRun: true, context })).rejects.toMatchObject({ code });

  expect([await treeOf(root), await treeOf(spoiled)]).toEqual(before);
});

test('what is in the pool already stays when a later medium is bad', async () => {
  const root = await createHost([site.key]);
  await apply({ media, root, storeOnly: true, context });
  await site.publish({ date: new Date('2025-06-02T00:00:00Z') });
  const next = await site.bring();
  await changeObject(join(next, 'bundles/test-2/vol-0001.tar'));
  const before = await treeOf(root);

  await expect(apply({ media: next, root, context })).rejects.toMatchObject({ code: 'integrity.digest' });

  expect(await treeOf(root)).toEqual(before);
});

describe('a host that may not take the bundle', () => {
  test('because it does not know the signer', async () => {
    const other = await createSite();
    const root = await createHost([other.key]);
    await expectRefusal(root, 'trust.unknown-signer');
    await expectRefusal(await createHost([]), 'trust.no-keys');
  });

  test('because it is of another release', async () => {
    const root = await createHost([site.key]);
    await writeBelow(root, 'etc/os-release', 'ID=debian\nVERSION_CODENAME=trixie\n');
    await expectRefusal(root, 'trust.target');
  });

  test('because it knows another baseline by that name, or is on another track', async () => {
    const other = await createSite();
    const root = await createHost([site.key, other.key]);
    await apply({ media: await other.bring(), root, context });
    await expectRefusal(root, 'trust.known-name');

    const config = await readFile(other.configFile, 'utf8');
    await writeFile(other.configFile, config.replace('track: test', 'track: lab'));
    const lab = await other.bring();
    await expectRefusal(root, 'trust.track', lab);
    expect(await apply({ media: lab, root, switchTrack: true, context })).toMatchObject({
      outcome: 'applied',
      decisions: ['switch-track'],
    });
  });

  test('because another run is at work', async () => {
    const root = await createHost([site.key]);
    await apply({ media, root, context });
    const lock = await lockFile(join(root, 'var/lib/pommgr/.lock'), 'the store');
    try {
      await expectRefusal(root, 'state.locked');
    } finally {
      await lock.release();
    }
  });

  test.each([
    ['bytes', 'size=64k'],
    ['inodes', 'size=16m,nr_inodes=20'],
  ])('because there are too few %s, which is found before the first byte', async (_, options) => {
    const root = await createHost([site.key]);
    const store = join(await scratchDirectory(), 'small');
    await run('mkdir', [store]);
    await run('mount', ['-t', 'tmpfs', '-o', `${options},mode=755`, 'tmpfs', store]);
    try {
      await expect(apply({ media, root, store, context })).rejects.toMatchObject({ code: 'state.space' });
      expect(await readdir(store)).toEqual(['.lock']);
    } finally {
      await run('umount', [store]);
    }
  });
});

describe('what was there before comes back when apt', () => {
  test('does not know the key of the Release file', async () => {
    const { binaryKeyring } = await createSigningIdentity({ name: 'Stranger' });
    const keyring = await readFile(binaryKeyring);
    await expectUndone('tool.apt', (baseline) =>
      replace(join(baseline, 'keyrings/test-stable.gpg'), keyring),
    );
  });

  test('finds other Packages than Release says', async () => {
    await expectUndone('tool.apt', async (baseline) => {
      const directory = join(baseline, 'test-stable/dists/stable/main/binary-amd64');
      const [name] = await readdir(directory);
      const { stdout } = await run('sh', ['-c', 'echo Package: evil | gzip -c | base64']);
      await replace(join(directory, name!), Buffer.from(stdout, 'base64'));
    });
  });

  test("chooses another version, for a pin of the host's own", async () => {
    await expectUndone('tool.candidates', async (_, root) => {
      const pin = 'Package: alpha\nPin: version 1.0\nPin-Priority: 1001\n';
      await writeBelow(root, 'etc/apt/preferences.d/own', pin);
    });
  });

  test('plans with a file that is not there', async () => {
    await expectUndone('integrity.missing', async (baseline, root) => {
      await pretendInstalled(root, site.packages[0]!);
      await rm(join(baseline, `test-stable/pool/main/a/alpha`), { recursive: true });
    });
  });
});

/** Spoils the store between import and switch. */
async function expectUndone(
  code: ErrorCode,
  spoil: (baseline: string, root: string) => Promise<void>,
): Promise<void> {
  const root = await createHost([site.key]);
  await apply({ media, root, storeOnly: true, context });
  await spoil(join(root, 'var/lib/pommgr/baselines/test-1'), root);
  const before = await treeOf(root);

  await expect(apply({ media, root, context })).rejects.toMatchObject({ code });

  const aptsOwn = / var\/(log\/apt|cache\/apt|lib\/apt\/lists\/(lock|auxfiles|partial))/;
  const unchanged = (lines: string[]) => lines.filter((line) => !aptsOwn.test(line));
  expect(unchanged(await treeOf(root))).toEqual(unchanged(before));
  await aptWithoutNetwork(root, ['apt-get', 'check']);
}

async function expectRefusal(root: string, code: ErrorCode, from = media): Promise<void> {
  const before = await treeOf(root);
  await expect(apply({ media: from, root, context })).rejects.toMatchObject({ code });
  expect(await treeOf(root)).toEqual(before);
}

/** A new file, for the old one is linked into the pool. */
async function replace(path: string, data: Uint8Array): Promise<void> {
  await rm(path);
  await writeFile(path, data);
}

/** Changes one bit in the last package of a volume. */
async function changeObject(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.lastIndexOf('debian-binary')]! ^= 1;
  await writeFile(path, bytes);
}

async function changePackageList(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.indexOf('"name":"beta"') + 8]! ^= 1;
  await writeFile(path, bytes);
}

async function removeSignature(bundle: string): Promise<void> {
  const name = (await readdir(bundle)).find((file) => file.endsWith('.sig'));
  await rm(join(bundle, name!));
}
