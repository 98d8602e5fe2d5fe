/** Deltas that do not fit their base, under a signature that is good, and stores whose base is not whole any more. */
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { entryOf, repackVolume, resign, type TarEntry } from '../support/bundle.ts';
import { createDeltaSite, type DeltaSite } from '../support/delta.ts';
import { copyMedium, createHost } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2025-06-05T00:00:00Z');
let site: DeltaSite;
let first: string;
let second: string;
let keyFile: string;
let privateKeyFile: string;

beforeAll(async () => {
  site = await createDeltaSite();
  first = (await site.packed('test-1')).media;
  second = (await site.packed('test-2-from-test-1')).media;
  keyFile = join(await scratchDirectory(), 'key.pem');
  privateKeyFile = join(site.directory, 'signing-key.pem');
  await writeFile(keyFile, site.key.pem);
});

/** A host that has the base. */
async function host(): Promise<string> {
  const root = await createHost([site.key]);
  await apply({ media: first, root, context });
  return root;
}

/** An object that the base has and the delta leaves out. */
async function objectOfBase(): Promise<TarEntry> {
  const keyring = await readFile(join(site.directory, 'state/baselines/test-1/keyrings/test-stable.gpg'));
  return entryOf(`objects/${sha256Hex(keyring)}`, keyring);
}

const inOrder = (entries: readonly TarEntry[]): TarEntry[] => [
  ...entries.slice(0, 2),
  ...entries.slice(2).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
];

describe('verify, without the base, and apply, with it, refuse a delta', () => {
  test.each<{ what: string; attack: (bundle: string) => Promise<void>; byVerify: string; byApply: string }>([
    {
      what: 'that lacks an object',
      attack: async (bundle) => await repackVolume(bundle, privateKeyFile, (entries) => entries.slice(0, -1)),
      byVerify: 'integrity.base',
      byApply: 'integrity.missing',
    },
    {
      what: 'that holds an object of its base, too',
      attack: async (bundle) => {
        const more = await objectOfBase();
        await repackVolume(bundle, privateKeyFile, (entries) => inOrder([...entries, more]));
      },
      byVerify: 'integrity.base',
      byApply: 'integrity.extra',
    },
    {
      what: 'whose bundle.json counts other objects of the base',
      attack: async (bundle) =>
        await resign(bundle, privateKeyFile, ({ base }) => {
          if (base !== null) base.objects.sha256 = '0'.repeat(64);
        }),
      byVerify: 'integrity.base',
      byApply: 'integrity.base',
    },
    {
      what: 'that says it is a full bundle',
      attack: async (bundle) =>
        await resign(bundle, privateKeyFile, (document) => {
          document.base = null;
        }),
      // Its PURPOSE is then that of another directory.
      byVerify: 'trust.purpose',
      byApply: 'trust.purpose',
    },
  ])('$what', async ({ attack, byVerify, byApply }) => {
    const media = await copyMedium(second);
    await attack(join(media, 'bundles/test-2-from-test-1'));
    await expect(verify({ media, keyFiles: [keyFile], context })).rejects.toMatchObject({
      code: byVerify,
      exitCode: byVerify.startsWith('trust.') ? 4 : 5,
    });
    const root = await host();
    const before = await treeOf(root);
    for (const dryRun of [true, false]) {
      await expect(apply({ media, root, dryRun, context })).rejects.toMatchObject({
        code: byApply,
        exitCode: byApply.startsWith('trust.') ? 4 : 5,
      });
      expect(await treeOf(root)).toEqual(before);
    }
  });
});

describe('a base that is not whole any more', () => {
  test.each([
    ['a file that the delta leaves to it is missing', (path: string) => rm(path)],
    ['one is too short', (path: string) => truncate(path, 10)],
  ])('is found before anything is written: %s', async (_, damage) => {
    const root = await host();
    const [kept] = site.packages;
    const path = join(root, 'var/lib/pommgr/pool', kept?.sha256 ?? '');
    await damage(path);
    const before = await treeOf(root);
    await expect(apply({ media: second, root, context })).rejects.toMatchObject({
      code: 'integrity.missing',
      message: expect.stringContaining(`${path} (test-stable: `) as unknown,
    });
    expect(await treeOf(root)).toEqual(before);
  });

  test('is brought again by a full bundle', async () => {
    const root = await host();
    const [kept] = site.packages;
    await rm(join(root, 'var/lib/pommgr/pool', kept?.sha256 ?? ''));
    const { media } = await site.packed('test-2');
    expect(await apply({ media, root, context })).toMatchObject({ outcome: 'applied' });
  });

  test('whose package list was changed is not believed', async () => {
    const root = await host();
    await truncate(join(root, 'var/lib/pommgr/baselines/test-1/packages.jsonl'), 100);
    const before = await treeOf(root);
    await expect(apply({ media: second, root, context })).rejects.toMatchObject({ code: 'integrity.digest' });
    expect(await treeOf(root)).toEqual(before);
  });
});
