/** A track goes on where it was, on a new machine and on one that was set back. */
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { nextSequence } from '../../src/baseline/adapters/state-file.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { initConfig, type InitOptions } from '../../src/init/workflows/init.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { provenSequence } from '../../src/bundle/workflows/proven-sequence.ts';
import type { TrustedKeys } from '../../src/trust/adapters/trusted-keys.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { namedOf } from '../../src/core/domain/named.ts';
import { writeReceipt } from '../../src/hosts/adapters/receipt-files.ts';
import type { Receipt } from '../../src/hosts/domain/receipt.ts';
import { openReceiptKey } from '../../src/store/adapters/receipt-key.ts';
import { storeAt } from '../../src/store/adapters/store.ts';
import { trustHost } from '../../src/hosts/workflows/trusted-hosts.ts';
import { copyMedium, createHost, createSite, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

let site: Site;
let keyFile: string;
/** Holds test-1, then test-2 too. */
let first: string;
let second: string;

beforeAll(async () => {
  site = await createSite();
  keyFile = join(site.directory, 'key.pub.pem');
  await writeFile(keyFile, site.key.pem);
  first = await site.bring();
  second = await site.bring();
});

async function initAt(directory: string, options: Partial<InitOptions>) {
  const output = join(directory, 'pommgr.yaml');
  const from = { kind: 'presets' as const, names: ['debian-trixie'] };
  return initConfig({ context: testContext(), from, include: [], output, ...options });
}

describe('init --continue-from', () => {
  it('takes track and number from the highest bundle', async () => {
    const directory = await scratchDirectory();
    const result = await initAt(directory, { continueFrom: { media: second, keyFiles: [keyFile] } });
    expect(result).toMatchObject({
      track: 'test',
      continued: { track: 'test', sequence: 2, bundle: 'test-2', signers: [site.key.fingerprint] },
    });
    expect(await readFile(join(directory, 'pommgr.yaml'), 'utf8')).toMatch(/^track: test$/m);
    expect(await nextSequence(join(directory, 'state'), 'test')).toBe(3);
  });

  it('needs no volume: one medium of a set is enough', async () => {
    const media = await copyMedium(second);
    await rm(join(media, 'bundles/test-2/vol-0001.tar'));
    const { continued } = await initAt(await scratchDirectory(), {
      continueFrom: { media, keyFiles: [keyFile] },
    });
    expect(continued?.sequence).toBe(2);
  });

  it('begins at 1 without it', async () => {
    const directory = await scratchDirectory();
    expect(await initAt(directory, { track: 'test' })).toMatchObject({ continued: null });
    expect(await nextSequence(join(directory, 'state'), 'test')).toBe(1);
  });

  it.each([
    {
      what: 'a signer that nobody named',
      code: 'trust.unknown-signer',
      options: async () => {
        const other = join(await scratchDirectory(), 'other.pem');
        await writeFile(`${other}.pub`, (await createSigningKey(other)).pem);
        return { continueFrom: { media: second, keyFiles: [`${other}.pub`] } };
      },
    },
    {
      what: 'a bundle that names itself higher than it is',
      code: 'integrity.name',
      options: async () => {
        const media = await copyMedium(second);
        await rename(join(media, 'bundles/test-2'), join(media, 'bundles/test-9'));
        return { continueFrom: { media, keyFiles: [keyFile] } };
      },
    },
    {
      what: 'a higher bundle that was broken off',
      code: 'integrity.missing',
      options: async () => {
        const media = await copyMedium(second);
        await mkdir(join(media, 'bundles/test-7'));
        return { continueFrom: { media, keyFiles: [keyFile] } };
      },
    },
    {
      what: 'a track that the medium does not have',
      code: 'usage.track',
      options: async () => ({ track: 'other', continueFrom: { media: second, keyFiles: [keyFile] } }),
    },
    {
      what: 'several tracks, and none named',
      code: 'usage.track',
      options: async () => {
        const media = await copyMedium(second);
        await mkdir(join(media, 'bundles/other-1'));
        return { continueFrom: { media, keyFiles: [keyFile] } };
      },
    },
    {
      what: 'a medium without bundles',
      code: 'usage.track',
      options: async () => ({ continueFrom: { media: await scratchDirectory(), keyFiles: [keyFile] } }),
    },
    {
      what: 'no medium',
      code: 'usage.media',
      options: async () => ({ continueFrom: { media: '/nowhere', keyFiles: [keyFile] } }),
    },
  ])('refuses $what, and writes nothing', async ({ code, options }) => {
    const directory = await scratchDirectory();
    await expect(initAt(directory, await options())).rejects.toMatchObject({ code });
    await expect(access(join(directory, 'pommgr.yaml'))).rejects.toThrow();
    await expect(access(join(directory, 'state'))).rejects.toThrow();
  });
});

describe('the next sequence number', () => {
  /** Another machine with the site's key, which knows of nothing. */
  async function machine() {
    const { directory, configFile } = await site.another();
    await writeFile(
      join(directory, 'signing-key.pem'),
      await readFile(join(site.directory, 'signing-key.pem')),
      { mode: 0o600 },
    );
    const take = async (context = testContext()) => {
      const taken = await snapshot({ configFile, context, dryRun: false, force: true });
      return taken.outcome === 'made' ? taken.baseline.name : taken.outcome;
    };
    return { directory, configFile, take };
  }

  it('is one more than that of a medium that was seen', async () => {
    const { configFile, take } = await machine();
    expect(await take()).toBe('test-1');
    const context = testContext();
    await pack({ configFile, media: await copyMedium(second), context }).catch(() => undefined);
    expect(context.notes.join()).toContain('the next baseline is test-3');
    expect(await take(testContext('2025-06-03T00:00:00Z'))).toBe('test-3');
  });

  it('is not moved by the receipt of a trusted host: that is a question to the operator', async () => {
    const { directory, configFile, take } = await machine();
    expect(await take()).toBe('test-1');
    const root = await createHost([site.key]);
    const media = await scratchDirectory();
    const { receipt } = await apply({ media: second, root, receipt: media, context: testContext() });
    await pack({ configFile, media, dryRun: true, context: testContext() });
    await pack({ configFile, media, context: testContext() });
    expect(await take(testContext('2025-06-03T00:00:00Z'))).toBe('test-2');

    await trustHost(receipt?.file.replace(/-\d{8}T.*$/, '.pub.pem') ?? '', configFile);
    const lied = JSON.parse(await readFile(receipt?.file ?? '', 'utf8')) as Receipt;
    const key = await openReceiptKey(storeAt(join(root, 'var/lib/pommgr')));
    const lie = {
      ...lied,
      time: '2026-12-01T00:00:00Z',
      highest: namedOf([['test', 999_999_999]]),
      lock: null,
    };
    await writeReceipt(media, { receipt: lie, lock: null }, key);
    const context = testContext();
    await pack({ configFile, media, baselineName: 'test-1', context });
    expect(context.warnings.filter((text) => text.includes('--accept-sequence'))).toEqual([
      expect.stringMatching(
        /has applied test-999999999\. This machine knows test-2, .*--accept-sequence 999999999"\.$/,
      ),
    ]);
    expect(await nextSequence(join(directory, 'state'), 'test')).toBe(3);
    const at = { configFile, context: testContext('2025-06-04T00:00:00Z'), dryRun: false, force: true };
    expect(await snapshot({ ...at, acceptSequence: 7 })).toMatchObject({ baseline: { name: 'test-8' } });
  });

  it('is moved by a receipt that carries the signed list of the bundle its host applied', async () => {
    const { directory, configFile, take } = await machine();
    await take();
    const media = await scratchDirectory();
    const root = await createHost([site.key]);
    const { receipt } = await apply({ media: second, root, receipt: media, context: testContext() });
    await trustHost(receipt?.file.replace(/-\d{8}T.*$/, '.pub.pem') ?? '', configFile);
    const context = testContext();
    await pack({ configFile, media, context });
    expect(context.notes.join()).toContain('A receipt on the medium proves test-2');
    expect(context.warnings.join()).not.toContain('--accept-sequence');
    expect(await nextSequence(join(directory, 'state'), 'test')).toBe(3);

    const { manifest } = JSON.parse(await readFile(receipt?.file ?? '', 'utf8')) as Receipt;
    if (manifest === null) throw new Error('no manifest');
    const trusted: TrustedKeys = {
      ...{ directory: '', keys: [{ ...site.key, file: '' }], distrusted: [] },
      threshold: 1,
    };
    const proven = (changed: Receipt['manifest'], threshold = 1, track = 'test') =>
      provenSequence({ manifest: changed }, { track, media, trusted: { ...trusted, threshold } });
    expect(await proven(manifest)).toBe(2);
    expect(await proven(null)).toBe(0);
    expect(await proven(manifest, 2)).toBe(0);
    expect(await proven(manifest, 1, 'other')).toBe(0);
    expect(await proven({ ...manifest, bundle: 'test-900' })).toBe(0);
    expect(await proven({ ...manifest, bundle: 'test-2-from-test-1' })).toBe(0);
    expect(
      await proven({ ...manifest, text: manifest.text.replace(/^./, (c) => (c === 'f' ? 'e' : 'f')) }),
    ).toBe(0);
    const zero = Buffer.alloc(64).toString('base64');
    const signatures = manifest.signatures.map(({ keyId }) => ({ keyId, base64: zero }));
    expect(await proven({ ...manifest, signatures })).toBe(0);
    const unknown = manifest.signatures.map((one) => ({ ...one, keyId: '0123456789abcdef' }));
    expect(await proven({ ...manifest, signatures: unknown })).toBe(0);
  });

  it('is not moved by one key of two, nor by a signed bundle that is far ahead', async () => {
    const { directory, configFile, take } = await machine();
    await take();
    const media = await scratchDirectory();
    const far = await machine();
    await snapshot({
      configFile: far.configFile,
      context: testContext(),
      dryRun: false,
      force: true,
      acceptSequence: 5000,
    });
    await pack({ configFile: far.configFile, media, context: testContext() });
    const context = testContext();
    await pack({ configFile, media, context });
    expect(context.warnings).toEqual([
      expect.stringMatching(
        /test-5001 on the medium is signed, but 5000 numbers ahead\. .*--accept-sequence 5001/,
      ),
    ]);
    expect(await nextSequence(join(directory, 'state'), 'test')).toBe(2);
  });

  it('is not moved by a name that nobody signed', async () => {
    const { directory, configFile, take } = await machine();
    await take();
    const media = await copyMedium(first);
    await rm(join(media, 'bundles/test-1'), { recursive: true });
    await mkdir(join(media, 'bundles/test-999999999'), { recursive: true });
    const context = testContext();
    await pack({ configFile, media, context });
    expect(context.warnings).toEqual([
      expect.stringContaining('test-999999999 on the medium does not count for the next sequence number'),
    ]);
    expect(await nextSequence(join(directory, 'state'), 'test')).toBe(2);
  });

  it('is not moved by a dry run', async () => {
    const { directory, configFile, take } = await machine();
    await take();
    const options = { configFile, media: await copyMedium(second), dryRun: true, context: testContext() };
    await pack(options).catch(() => undefined);
    expect(await nextSequence(join(directory, 'state'), 'test')).toBe(2);
  });
});
