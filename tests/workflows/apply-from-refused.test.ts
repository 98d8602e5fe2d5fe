/** What a host refuses of the store of another: whoever serves it may lie. */
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { readStoreState, storeAt } from '../../src/store/adapters/store.ts';
import {
  addTrustedKey,
  removeTrustedKey,
  trustedKeysDirectory,
} from '../../src/trust/adapters/trusted-keys.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import type { ApplyFromOptions } from '../../src/host/workflows/apply-from.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { serveDirectory, type DirectoryServer, type Fault } from '../support/http-server.ts';
import { createHost, createSite, writeBelow } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { createSharedStore, serveStore, sourcesOf, type SharedStore } from '../support/shared-store.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext('2025-06-04T00:00:00Z');
let shared: SharedStore;

beforeAll(async () => {
  shared = await createSharedStore();
});

describe('refused', () => {
  async function refused(root: string, options: Partial<ApplyFromOptions>, error: object): Promise<void> {
    const before = (await treeOf(root)).filter((line) => !line.includes('/.lock '));
    await expect(shared.from(root, options)).rejects.toMatchObject(error);
    expect((await treeOf(root)).filter((line) => !line.includes('/.lock '))).toEqual(before);
  }

  test('an unknown signer, on a host that trusts another key', async () => {
    const root = await shared.host();
    await removeTrustedKey(trustedKeysDirectory(root), shared.site.key.fingerprint);
    await refused(root, {}, { code: 'trust.no-keys' });
    const other = await createSigningKey(join(await scratchDirectory(), 'key.pem'));
    await addTrustedKey(trustedKeysDirectory(root), other);
    const message = expect.stringContaining(
      `${shared.url}/baselines/test-2 is signed by ${shared.site.key.keyId}`,
    );
    await refused(root, {}, { code: 'trust.unknown-signer', message });
  });

  test('an older baseline, unless it is allowed', async () => {
    const root = await shared.host();
    await shared.from(root);
    await refused(root, { baseline: 'test-1' }, { code: 'trust.older' });
    expect(await shared.from(root, { baseline: 'test-1', allowOlder: true })).toMatchObject({
      decisions: ['allow-older'],
    });
  });

  test('a number below the highest, until the operator accepts it; the host goes on from there', async () => {
    const root = await shared.host();
    await shared.from(root);
    await refused(root, { baseline: 'test-1', acceptSequence: 2 }, { code: 'trust.sequence' });
    expect(await shared.from(root, { baseline: 'test-1', acceptSequence: 1 })).toMatchObject({
      decisions: ['accept-sequence'],
    });
    const store = storeAt(join(root, 'var/lib/pommgr'));
    expect((await readStoreState(store)).highest).toEqual({ test: 1 });
    expect(await shared.from(root)).toMatchObject({ decisions: [], baseline: { name: 'test-2' } });
    expect((await readStoreState(store)).highest).toEqual({ test: 2 });
  });

  test('another kind of host', async () => {
    const root = await shared.host();
    await writeBelow(root, 'etc/os-release', 'ID=debian\nVERSION_CODENAME=trixie\n');
    await refused(root, {}, { code: expect.stringMatching(/^trust\./) });
  });

  test('a name that is known with another digest', async () => {
    const root = await shared.host();
    await shared.from(root);
    const other = await createSite();
    const medium = await other.bring();
    const otherOwner = await createHost([other.key]);
    await apply({ media: medium, root: otherOwner, context });
    await addTrustedKey(trustedKeysDirectory(root), other.key);
    const otherUrl = await serveStore(join(otherOwner, 'var/lib/pommgr'));
    await apply({ media: medium, root: otherOwner, context });
    const state = await readStoreState(storeAt(join(root, 'var/lib/pommgr')));
    expect(Object.keys(state.known)).toEqual(['test-2']);
    await refused(root, { from: otherUrl }, { code: 'trust.older' });
    await shared.from(root, { baseline: 'test-1', allowOlder: true });
    await refused(root, { from: otherUrl, allowOlder: true }, { code: 'trust.known-name' });
  });

  test.each([
    ['http://user:secret@127.0.0.1/', 'usage.from'],
    ['http://127.0.0.1/?x', 'usage.from'],
    ['http://', 'usage.from'],
    ['http://user:secret@[bad/', 'usage.from'],
    ['http//user:secret@host/', 'usage.from'],
    ['ftp:user:secret@host', 'usage.from'],
    ['/nowhere/at/all', 'usage.from'],
  ])('%s', async (address, code) => {
    await refused(
      await shared.host(),
      { from: address },
      { code, message: expect.not.stringContaining('secret') },
    );
  });

  test('a directory or a server without a store, and a baseline that it has not', async () => {
    const root = await shared.host();
    await refused(root, { from: await scratchDirectory() }, { code: 'integrity.missing' });
    await refused(root, { from: `${shared.url}/baselines` }, { code: 'integrity.missing' });
    await refused(
      root,
      { baseline: 'test-7' },
      { code: 'usage.baseline', details: { found: ['test-1', 'test-2'] } },
    );
    await refused(
      root,
      { from: 'http://127.0.0.1:9' },
      {
        code: 'network.connection',
        hints: [expect.stringContaining('pommgr serve')],
      },
    );
  });
});

describe('a server that lies', () => {
  let liar: DirectoryServer;
  /** Has test-1, from the honest server. */
  let root: string;
  let sources: string;
  const top = '/baselines/test-2';
  const inMirror = `${top}/test-stable`;

  beforeAll(async () => {
    liar = await serveDirectory(shared.directory);
    root = await shared.host();
    await shared.from(root, { baseline: 'test-1' });
    sources = await sourcesOf(root);
  });

  afterAll(() => liar.close());

  const wrong: Fault = { kind: 'wrong-bytes' };
  const endless: Fault = { kind: 'endless' };
  const faults: [string, string, Fault, RegExp][] = [
    ['nonsense in its index', '/baselines/index.json', wrong, /^integrity\.index/],
    ['an index without end', '/baselines/index.json', endless, /^integrity\.size/],
    ['another root', `${top}/SHA256SUMS`, wrong, /^trust\.signature/],
    ['a root without end', `${top}/SHA256SUMS`, endless, /^integrity\.size/],
    ['a signature without end', 'SIGNATURE', endless, /^integrity\.size/],
    ['another signature', 'SIGNATURE', wrong, /^trust\.signature/],
    ['another bundle.json', `${top}/bundle.json`, wrong, /^integrity\.digest/],
    ['another baseline.json', `${top}/baseline.json`, wrong, /^integrity\.digest/],
    ['a longer baseline.json', `${top}/baseline.json`, endless, /^integrity\.size/],
    ['another package list', `${top}/packages.jsonl`, wrong, /^integrity\.digest/],
    ['a package list without end', `${top}/packages.jsonl`, endless, /^integrity\.size/],
    ['no keyring', `${top}/keyrings/test-stable.gpg`, { kind: 'status', status: 404 }, /^network\.missing/],
    ['another keyring', `${top}/keyrings/test-stable.gpg`, wrong, /^integrity\.digest/],
    ['another Release', `${inMirror}/dists/stable/InRelease`, wrong, /^integrity\.digest/],
    ['other packages', 'PACKAGES', wrong, /^integrity\.digest/],
    [
      'no file of a planned package',
      `${inMirror}/pool/main/a/alpha/alpha_3.0_amd64.deb`,
      { kind: 'status', status: 404 },
      /^integrity\.missing/,
    ],
    [
      'another address',
      `${top}/SHA256SUMS`,
      { kind: 'redirect', to: 'file:///etc/passwd' },
      /^network\.redirect/,
    ],
    [
      'the address of an honest store',
      `${top}/SHA256SUMS`,
      { kind: 'redirect', to: 'HONEST/baselines/test-2/SHA256SUMS' },
      /^network\.redirect/,
    ],
    ['an error', `${top}/SHA256SUMS`, { kind: 'status', status: 500 }, /^network\.status/],
  ];

  test.each(faults)('with %s', async (_, path, fault, code) => {
    const indices = `${inMirror}/dists/stable/main/binary-amd64`;
    const [index = ''] = await readdir(join(shared.directory, indices));
    const others: Record<string, string> = {
      SIGNATURE: `${top}/SHA256SUMS.${shared.site.key.keyId}.sig`,
      PACKAGES: `${indices}/${index}`,
    };
    liar.faults[others[path] ?? path] =
      fault.kind === 'redirect' ? { ...fault, to: fault.to.replace('HONEST', shared.url) } : fault;
    try {
      await expect(shared.from(root, { from: liar.url })).rejects.toMatchObject({
        code: expect.stringMatching(code),
      });
    } finally {
      for (const name of Object.keys(liar.faults)) delete liar.faults[name];
    }
    expect(await sourcesOf(root)).toBe(sources);
    expect(await hostStatus({ root })).toMatchObject({ applied: { baseline: 'test-1' }, interrupted: null });
  });

  test('with nothing: it is used', async () => {
    await expect(shared.from(root, { from: liar.url })).resolves.toMatchObject({ outcome: 'applied' });
  });

  test('shows an older baseline under a newer name', async () => {
    const spoilt = join(await scratchDirectory(), 'store');
    await cp(join(shared.directory, 'baselines'), join(spoilt, 'baselines'), { recursive: true });
    await rm(join(spoilt, 'baselines/test-2'), { recursive: true });
    await cp(join(spoilt, 'baselines/test-1'), join(spoilt, 'baselines/test-2'), { recursive: true });
    await expect(shared.from(await shared.host(), { from: spoilt })).rejects.toMatchObject({
      code: 'integrity.name',
      message: expect.stringContaining('expected test-2'),
    });
  });

  test("shows another baseline's indices, which upstream signed, too", async () => {
    const spoilt = join(await scratchDirectory(), 'store');
    await cp(join(shared.directory, 'baselines'), join(spoilt, 'baselines'), { recursive: true });
    const indices = (name: string) => join(spoilt, 'baselines', name, 'test-stable/dists');
    await rm(indices('test-2'), { recursive: true });
    await cp(indices('test-1'), indices('test-2'), { recursive: true });
    const url = await serveStore(spoilt);
    const host = await shared.host();
    await expect(shared.from(host, { from: url })).rejects.toMatchObject({
      code: expect.stringMatching(/^integrity\.(size|digest)$/),
      message: expect.stringContaining(`${url}/baselines/test-2/test-stable/dists/`),
    });
    expect(await hostStatus({ root: host })).toBeUndefined();
  });

  test('has a FIFO where a file should be, on a share', async () => {
    const spoilt = join(await scratchDirectory(), 'store');
    await mkdir(join(spoilt, 'baselines/test-9'), { recursive: true });
    const index = { schema: 'pommgr/store-index/v1', baselines: [{ name: 'test-9', signatures: [] }] };
    await writeFile(join(spoilt, 'baselines/index.json'), JSON.stringify(index));
    await run('mkfifo', [join(spoilt, 'baselines/test-9/SHA256SUMS')]);
    await expect(shared.from(await shared.host(), { from: spoilt })).rejects.toMatchObject({
      code: 'integrity.file-type',
    });
  });
});
