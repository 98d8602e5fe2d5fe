/** What hosts say they hold, and what the online side makes of it. */
import { mkdir, readFile, readdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { entriesOf } from '../../src/core/domain/named.ts';
import { readInUse } from '../../src/baseline/adapters/baselines-in-use.ts';
import { loadConfig } from '../../src/config/adapters/config-file.ts';
import { run } from '../../src/core/adapters/process.ts';
import { writeReceipt } from '../../src/hosts/adapters/receipt-files.ts';
import { createSigningKey, openSigningKey, type SigningKey } from '../../src/trust/adapters/signing.ts';
import type { Receipt } from '../../src/hosts/domain/receipt.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { listHosts } from '../../src/hosts/workflows/list-hosts.ts';
import { distrustHost, trustHost } from '../../src/hosts/workflows/trusted-hosts.ts';
import { createHost, createSite, writeBelow, type Site } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { treeOf } from '../support/tree.ts';

let site: Site;
/** Media with test-1, test-2 and test-3. */
const media: string[] = [];

beforeAll(async () => {
  site = await createSite();
  for (let count = 0; count < 3; count += 1) media.push(await site.bring());
});

describe('apply --receipt', () => {
  it('leaves what stock openssl checks, signed by a key of the host', async () => {
    const root = await createHost([site.key]);
    await writeBelow(root, 'etc/hostname', 'pve1\n');
    const stick = await scratchDirectory();
    const options = { media: media[0] ?? '', root, receipt: stick, context: testContext() };

    const { receipt } = await apply(options);

    const directory = join(stick, 'receipts');
    const [json = '', signature = '', lock = '', key = ''] = await readdir(directory);
    const keyId = receipt?.hostFingerprint.slice(0, 16);
    expect([json, signature, lock, key]).toEqual([
      `${keyId}-20250602T000000Z.json`,
      `${keyId}-20250602T000000Z.json.sig`,
      `${keyId}-20250602T000000Z.lock.json`,
      `${keyId}.pub.pem`,
    ]);
    expect(receipt?.file).toBe(join(directory, json));
    const check = [
      'pkeyutl',
      '-verify',
      '-rawin',
      '-pubin',
      '-inkey',
      key,
      '-in',
      json,
      '-sigfile',
      signature,
    ];
    expect((await run('openssl', check, { cwd: directory })).stdout).toContain('Verified Successfully');
    const { baseline } = JSON.parse(
      await readFile(join(media[0] ?? '', 'bundles/test-1/bundle.json'), 'utf8'),
    ) as {
      baseline: { digest: string };
    };
    const held = { name: 'test-1', digest: baseline.digest };
    expect(JSON.parse(await readFile(join(directory, json), 'utf8'))).toMatchObject({
      schema: 'pommgr/receipt/v1',
      host: { name: 'pve1', id: receipt?.hostFingerprint },
      time: '2025-06-02T00:00:00Z',
      track: 'test',
      applied: { ...held, sequence: 1 },
      baselines: [held],
      highest: { test: 1 },
    });
    const secrets = join(root, 'var/lib/pommgr/secrets');
    expect((await stat(secrets)).mode & 0o777).toBe(0o700);
    expect((await stat(join(secrets, 'receipt-key.pem'))).mode & 0o777).toBe(0o600);
  });

  it('replaces the earlier one of the same host, and is written by an apply that changes nothing', async () => {
    const root = await createHost([site.key]);
    const stick = await scratchDirectory();
    await apply({ media: media[0] ?? '', root, receipt: stick, context: testContext() });
    const other = await createHost([site.key]);
    await apply({ media: media[0] ?? '', root: other, receipt: stick, context: testContext() });

    const later = testContext('2025-07-01T00:00:00Z');
    const report = await apply({ media: media[0] ?? '', root, receipt: stick, context: later });

    expect(report.outcome).toBe('unchanged');
    const receipts = (await readdir(join(stick, 'receipts'))).filter((name) => name.endsWith('Z.json'));
    expect(receipts).toHaveLength(2);
    expect(receipts).toContain(`${report.receipt?.hostFingerprint.slice(0, 16)}-20250701T000000Z.json`);
  });

  it('says that the baseline is applied when the receipt cannot be written, and undoes nothing', async () => {
    const root = await createHost([site.key]);
    const stick = await scratchDirectory();
    await writeFile(join(stick, 'receipts'), 'in the way');

    const failed = apply({ media: media[0] ?? '', root, receipt: stick, context: testContext() });

    await expect(failed).rejects.toMatchObject({
      code: 'state.receipt',
      exitCode: 8,
      message: expect.stringMatching(
        /^test-1 is applied, but no receipt was written to .*receipts: /,
      ) as unknown,
      details: { outcome: 'applied', baseline: { name: 'test-1' } },
    });
    expect(await apply({ media: media[0] ?? '', root, context: testContext() })).toMatchObject({
      outcome: 'unchanged',
      receipt: null,
    });
  });

  it('never writes through a link that lies on the medium', async () => {
    const root = await createHost([site.key]);
    const [stick, elsewhere] = [await scratchDirectory(), await scratchDirectory()];
    await symlink(elsewhere, join(stick, 'receipts'));
    const failed = apply({ media: media[0] ?? '', root, receipt: stick, context: testContext() });
    await expect(failed).rejects.toMatchObject({ code: 'state.receipt' });
    expect(await readdir(elsewhere)).toEqual([]);
  });

  it('refuses a directory that is not there before anything is done', async () => {
    const root = await createHost([site.key]);
    const before = await treeOf(root);
    const options = { media: media[0] ?? '', root, receipt: join(root, 'no'), context: testContext() };
    await expect(apply(options)).rejects.toMatchObject({ code: 'usage.receipt', exitCode: 2 });
    expect(await treeOf(root)).toEqual(before);
  });

  it('writes none in a dry run', async () => {
    const root = await createHost([site.key]);
    const stick = await scratchDirectory();
    const options = { media: media[0] ?? '', root, receipt: stick, dryRun: true, context: testContext() };
    expect((await apply(options)).receipt).toBeNull();
    expect(await readdir(stick)).toEqual([]);
  });
});

describe('pack --since receipt', () => {
  let stick: string;
  let hosts: string[];

  beforeEach(async () => {
    stick = await scratchDirectory();
    hosts = [];
    const { keys } = await listHosts(site.configFile);
    for (const { fingerprint } of keys) await distrustHost(fingerprint, site.configFile);
  });

  /** A host that applied these media, and its public key. */
  async function report(
    of: readonly string[],
    { trusted = true, switchTrack = false } = {},
  ): Promise<string> {
    const root = await createHost([site.key]);
    await writeBelow(root, 'etc/hostname', `pve${hosts.length + 1}\n`);
    hosts.push(root);
    let file = '';
    for (const medium of of) {
      const applied = await apply({
        media: medium,
        root,
        receipt: stick,
        switchTrack,
        context: testContext(),
      });
      file = join(stick, 'receipts', `${applied.receipt?.hostFingerprint.slice(0, 16)}.pub.pem`);
    }
    if (trusted) await trustHost(file, site.configFile);
    return file;
  }

  it('remembers what trusted hosts have applied, for retention', async () => {
    await report([media[0] ?? '']);
    await report([media[1] ?? ''], { trusted: false });
    const options = {
      configFile: site.configFile,
      media: stick,
      baselineName: 'test-3',
      context: testContext(),
    };
    await pack(options);
    const { stateDir } = await loadConfig(site.configFile);
    expect(entriesOf((await readInUse(stateDir)).hosts).map(([, host]) => host)).toMatchObject([
      { name: 'pve1', applied: 'test-1' },
    ]);
  });

  const packSince = (since: string, context = testContext()) =>
    pack({ configFile: site.configFile, media: stick, since, baselineName: 'test-3', dryRun: true, context });

  it('takes the newest baseline that all hosts hold', async () => {
    await report([media[0] ?? '', media[1] ?? '']);
    expect((await packSince('receipt')).bundle).toBe('test-3-from-test-2');
    await report([media[0] ?? '']);
    const context = testContext();
    expect((await packSince('receipt', context)).bundle).toBe('test-3-from-test-1');
    expect(context.notes.join()).toMatch(/pve[12] \([0-9a-f]{16}\), pve[12] .* hold test-1/);
  });

  it('reads another directory where one is named', async () => {
    await report([media[0] ?? '']);
    const elsewhere = stick;
    stick = await scratchDirectory();
    await expect(packSince('receipt')).rejects.toMatchObject({ code: 'config.receipt', exitCode: 3 });
    expect((await packSince(`receipt:${elsewhere}`)).bundle).toBe('test-3-from-test-1');
  });

  it('warns of hosts that are not trusted, and counts them for nothing', async () => {
    await report([media[0] ?? '', media[1] ?? '']);
    const file = await report([media[0] ?? ''], { trusted: false });
    const context = testContext();
    expect((await packSince('receipt', context)).bundle).toBe('test-3-from-test-2');
    expect(context.warnings).toEqual([
      expect.stringMatching(/json counts for nothing: its host is not trusted/),
    ]);
    await trustHost(file, site.configFile);
    expect((await packSince('receipt')).bundle).toBe('test-3-from-test-1');
    await rm(join(stick, 'receipts'), { recursive: true });
    await expect(packSince('receipt')).rejects.toMatchObject({ code: 'config.receipt' });
  });

  it('warns of a trusted host that has left none', async () => {
    await report([media[0] ?? '']);
    const silent = await createSigningKey(join(await scratchDirectory(), 'key.pem'));
    await writeFile(join(stick, 'silent.pem'), silent.pem);
    await trustHost(join(stick, 'silent.pem'), site.configFile);
    const context = testContext();
    expect((await packSince('receipt', context)).bundle).toBe('test-3-from-test-1');
    expect(context.warnings).toEqual([`The trusted host ${silent.keyId} has left no receipt here.`]);
  });

  it.each([
    { what: 'with a changed byte', change: (path: string) => appendTo(path) },
    { what: 'without its signature', change: (path: string) => rm(`${path}.sig`) },
    {
      what: 'with the signature of another',
      change: (path: string) => writeFile(`${path}.sig`, Buffer.alloc(64, 1)),
    },
  ])('refuses a receipt $what', async ({ change }) => {
    await report([media[0] ?? '']);
    const [name = ''] = await readdir(join(stick, 'receipts'));
    await change(join(stick, 'receipts', name));
    await expect(packSince('receipt')).rejects.toMatchObject({
      code: 'trust.signature',
      exitCode: 4,
      message: expect.stringContaining(name) as unknown,
    });
  });

  it('refuses the receipt of one host in the name of another', async () => {
    await report([media[0] ?? '']);
    const [name = ''] = await readdir(join(stick, 'receipts'));
    const text = await readFile(join(stick, 'receipts', name), 'utf8');
    const key = await newHostKey();
    await trustHost(key.publicFile, site.configFile);
    await writeReceipt(stick, { receipt: JSON.parse(text) as Receipt, lock: null }, key.key);
    await expect(packSince('receipt')).rejects.toMatchObject({ code: 'trust.signature' });
  });

  it('passes over hosts of another track, and a baseline of the same name with another digest', async () => {
    await report([media[0] ?? '']);
    const [name = ''] = await readdir(join(stick, 'receipts'));
    const receipt = JSON.parse(await readFile(join(stick, 'receipts', name), 'utf8')) as Receipt;
    const other = await newHostKey();
    await trustHost(other.publicFile, site.configFile);
    const of = { ...receipt, lock: null, host: { name: 'pbs1', id: other.key.publicKey.fingerprint } };
    const elsewhere = { ...of, track: 'pbs4', applied: null, baselines: [] };
    await writeReceipt(stick, { receipt: elsewhere, lock: null }, other.key);
    expect((await packSince('receipt')).bundle).toBe('test-3-from-test-1');

    const unlike = { ...of, baselines: [{ name: 'test-1', digest: '0'.repeat(64) }] };
    await writeReceipt(stick, { receipt: unlike, lock: null }, other.key);
    await expect(packSince('receipt')).rejects.toMatchObject({
      code: 'config.receipt',
      message: expect.stringMatching(/No baseline before test-3 .*pbs1/) as unknown,
    });
  });

  it('goes by the newest receipt of a host', async () => {
    await report([media[0] ?? '', media[1] ?? '']);
    const [name = ''] = await readdir(join(stick, 'receipts'));
    const path = join(stick, 'receipts', name);
    await mkdir(join(stick, 'kept'));
    for (const suffix of ['', '.sig'])
      await rename(`${path}${suffix}`, join(stick, 'kept', `${name}${suffix}`));
    // The host was set up anew with the same key, and applied an older baseline later.
    const root = hosts[0] ?? '';
    await rm(join(root, 'var/lib/pommgr/baselines/test-2'), { recursive: true });
    const later = testContext('2025-07-01T00:00:00Z');
    await apply({ media: media[0] ?? '', root, allowOlder: true, receipt: stick, context: later });
    for (const suffix of ['', '.sig'])
      await rename(join(stick, 'kept', `${name}${suffix}`), `${path}${suffix}`);
    expect((await packSince('receipt')).bundle).toBe('test-3-from-test-1');
  });
});

async function newHostKey(): Promise<{ key: SigningKey; publicFile: string }> {
  const file = join(await scratchDirectory(), 'key.pem');
  const { pem } = await createSigningKey(file);
  await writeFile(`${file}.pub`, pem);
  return { key: await openSigningKey(file), publicFile: `${file}.pub` };
}

async function appendTo(path: string): Promise<void> {
  await writeFile(path, `${await readFile(path, 'utf8')} `);
}
