/** Hosts that ask for an approval: what they apply, and what they refuse. */
import { readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { run } from '../../src/core/adapters/process.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { rollback } from '../../src/host/workflows/rollback.ts';
import { restore } from '../../src/restore/workflows/restore.ts';
import { forecastMedium } from '../../src/forecast/workflows/forecast-preview.ts';
import { trustKey } from '../../src/trust/workflows/signing-key.ts';
import { openSigningKey } from '../../src/trust/adapters/signing.ts';
import { storeAt } from '../../src/store/adapters/store.ts';
import { verifyAudit } from '../../src/upkeep/workflows/audit-verify.ts';
import {
  createApprovedSite,
  createApprover,
  decidedAt,
  plainReports,
  type ApprovedSite,
  type Approver,
} from '../support/approvers.ts';
import { copyMedium, readAudit, writeBelow } from '../support/offline.ts';
import { testContext } from '../support/online.ts';
import { treeOf } from '../support/tree.ts';

const context = testContext(decidedAt);
let site: ApprovedSite;
let second: Approver;
/** Packed, not approved. */
let packed: string;
/** The same, approved. */
let approved: string;

beforeAll(async () => {
  site = await createApprovedSite();
  second = await createApprover();
  packed = await site.bringReported();
  approved = await copyMedium(packed);
  await site.approve(approved);
});

const statementsOf = async (media: string): Promise<string> => join(media, 'approvals/test-1');
const stemOf = async (media: string): Promise<string> => {
  const names = await readdir(await statementsOf(media));
  return join(await statementsOf(media), (names[0] ?? '').replace(/\.\w+$/, ''));
};
const applyAt = (root: string, media: string, time = decidedAt) =>
  apply({ media, root, context: testContext(time) });

describe('approve', () => {
  test('writes a short statement that openssl verifies, and nothing else', async () => {
    const stem = await stemOf(approved);
    expect(await readdir(await statementsOf(approved))).toEqual(
      ['.sig', '.txt'].map((suffix) => `${site.approver.keyId}-20250603T000000Z${suffix}`),
    );
    expect((await stat(`${stem}.txt`)).size).toBeLessThanOrEqual(256);
    const key = join(await site.host(), `etc/pommgr/approvers.d/${site.approver.keyId}.pem`);
    const args = ['pkeyutl', '-verify', '-pubin', '-inkey', key, '-rawin'];
    const { stdout } = await run('openssl', [...args, '-in', `${stem}.txt`, '-sigfile', `${stem}.sig`]);
    expect(stdout).toContain('Signature Verified Successfully');
    const digest = async (file: string): Promise<string> =>
      (
        await run('sh', ['-c', 'openssl dgst -sha256 -binary "$1" | openssl base64', 'sh', file])
      ).stdout.trim();
    expect(await readFile(`${stem}.txt`, 'utf8')).toBe(
      [
        'pommgr-approval/v1 approve',
        `root ${await digest(join(approved, 'bundles/test-1/SHA256SUMS'))}`,
        `report ${await digest(join(approved, 'reports/test-1/SHA256SUMS'))}`,
        'at 20250603T000000Z',
        'until 20250703T000000Z',
        'by alice',
        'words approved',
        '',
      ].join('\n'),
    );
    const rest = async (media: string): Promise<unknown> =>
      [...(await treeOf(media))].filter((entry) => !JSON.stringify(entry).includes('approvals'));
    expect(await rest(approved)).toEqual(await rest(packed));
  });

  test('shows the report before it asks, and signs nothing where the answer is no', async () => {
    const media = await copyMedium(packed);
    let shown: unknown;
    const confirm = (subject: unknown): Promise<boolean> => {
      shown = subject;
      return Promise.resolve(false);
    };
    await expect(site.approve(media, { confirm })).rejects.toMatchObject({ code: 'refused.not-confirmed' });
    expect(shown).toMatchObject({
      bundle: 'test-1',
      report: { pages: { en: join(media, 'reports/test-1/report.html') }, summary: { totals: { cves: 2 } } },
    });
    expect(await readdir(media)).not.toContain('approvals');
  });

  test('without a question it needs the digest of this very report', async () => {
    const media = await copyMedium(packed);
    const { report } = await site.approve(media, { dryRun: true });
    const never = { yes: true, confirm: () => Promise.reject(new Error('asked')) };
    await expect(site.approve(media, never)).rejects.toMatchObject({ code: 'usage.approval' });
    await expect(site.approve(media, { ...never, reportDigest: '0'.repeat(64) })).rejects.toMatchObject({
      code: 'trust.approval-report',
      exitCode: 4,
    });
    expect(await site.approve(media, { ...never, reportDigest: report?.digest })).toMatchObject({
      outcome: 'approved',
      until: '2025-07-03T00:00:00Z',
    });
  });

  test('refuses the key that signed the bundle', async () => {
    const keyFile = join(site.directory, 'signing-key.pem');
    await expect(site.approve(await copyMedium(packed), { keyFile })).rejects.toMatchObject({
      code: 'trust.approver',
      exitCode: 4,
    });
  });

  test('refuses a report that was changed, and a medium without one', async () => {
    const changed = await copyMedium(packed);
    await writeFile(join(changed, 'reports/test-1/report.html'), 'nothing changes');
    await expect(site.approve(changed)).rejects.toMatchObject({ code: 'integrity.digest' });
    const without = await copyMedium(packed);
    await rm(join(without, 'reports'), { recursive: true });
    await expect(site.approve(without)).rejects.toMatchObject({ code: 'integrity.missing' });
  });

  test('keeps words beside the statement for which it has no room', async () => {
    const media = await copyMedium(packed);
    const words = 'After the backup of Saturday, node by node, with Ceph healthy in between. '
      .repeat(3)
      .trim();
    await site.approve(media, { words });
    const root = await site.host();
    const { approvals } = await verify({
      media,
      keyFiles: [join(site.directory, 'key.pub.pem')],
      root,
      context,
    });
    expect(approvals).toMatchObject([{ counted: 1, threshold: 1, statements: [{ words, objection: null }] }]);
    await writeFile(`${await stemOf(media)}.words`, words.replace('Saturday', 'Sunday'));
    await expect(applyAt(root, media)).rejects.toMatchObject({ code: 'integrity.digest' });
  });
});

describe('a host that asks for an approval', () => {
  test('applies what is approved, keeps the approval, and says by whom in its audit log', async () => {
    const root = await site.host();
    expect(await applyAt(root, approved)).toMatchObject({
      outcome: 'applied',
      approvals: [{ approver: site.approver.fingerprint, by: 'alice' }],
    });
    expect((await readAudit(root)).at(-1)).toMatchObject({
      action: 'apply',
      approvedBy: [site.approver.fingerprint],
    });
    const kept = join(root, 'var/lib/pommgr/baselines/test-1/+approval');
    expect(await readdir(kept)).toHaveLength(3);
    expect(await readdir(join(kept, 'report'))).toEqual(['SHA256SUMS', `SHA256SUMS.${site.key.keyId}.sig`]);
    // The store has what the medium lost since.
    expect(await applyAt(root, packed)).toMatchObject({ outcome: 'unchanged' });
  });

  test('refuses what is not, changes nothing, and records that', async () => {
    const root = await site.host();
    const before = await treeOf(join(root, 'etc'));
    await expect(applyAt(root, packed)).rejects.toMatchObject({
      code: 'trust.approval-missing',
      exitCode: 4,
    });
    expect(await treeOf(join(root, 'etc'))).toEqual(before);
    expect(await readAudit(root)).toMatchObject([
      { action: 'refuse', baseline: 'test-1', reason: 'trust.approval-missing' },
    ]);
    expect((await verifyAudit(storeAt(join(root, 'var/lib/pommgr')))).problems).toEqual([]);
    await expect(apply({ media: packed, root, dryRun: true, context })).rejects.toMatchObject({
      code: 'trust.approval-missing',
    });
    expect(await readAudit(root)).toHaveLength(1);
  });

  test('forecasts and stores what is not approved', async () => {
    const root = await site.host();
    expect(await forecastMedium({ media: packed, root, context })).toMatchObject({
      subject: { baseline: { name: 'test-1' } },
    });
    expect(await apply({ media: packed, root, storeOnly: true, context })).toMatchObject({
      outcome: 'stored',
    });
    await expect(
      restore({
        ...{ root, baseline: 'test-1', media: packed, trustExpiredUpstream: false, dryRun: true, context },
        ...{ removeForeign: false, allowDowngrades: false, allowRemovals: false },
        askPassphrase: () => Promise.resolve(''),
      }),
    ).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:usage\.root|trust\.approval-missing)$/) as unknown,
    });
  });

  test('refuses an approval that has expired', async () => {
    const root = await site.host();
    await expect(applyAt(root, approved, '2025-07-03T00:00:00Z')).rejects.toMatchObject({
      code: 'trust.approval-expired',
    });
    await expect(applyAt(root, approved, '2025-06-02T23:59:00Z')).rejects.toMatchObject({
      code: 'trust.approval-time',
    });
  });

  test('refuses one of another bundle, and one of another report', async () => {
    const root = await site.host();
    const next = await site.bringReported();
    await rename(join(next, 'reports'), join(next, '../reports-aside'));
    const other = await copyMedium(packed);
    await rm(join(other, 'reports'), { recursive: true });
    const reports = plainReports('nothing to see');
    const rewritten = await site.bringReported({ reports, snapshot: false });
    expect(await readdir(join(rewritten, 'bundles'))).toEqual(['test-2']);
    await site.approve(approved, { dryRun: true });
    const stem = await stemOf(approved);
    for (const suffix of ['.txt', '.sig']) {
      const name = `${stem.slice(stem.lastIndexOf('/') + 1)}${suffix}`;
      await writeBelow(rewritten, `approvals/test-2/${name}`, '');
      await writeFile(join(rewritten, 'approvals/test-2', name), await readFile(`${stem}${suffix}`));
    }
    await expect(applyAt(root, rewritten)).rejects.toMatchObject({ code: 'trust.approval-bundle' });
    await expect(applyAt(root, await withoutReport(approved))).rejects.toMatchObject({
      code: 'trust.approval-report',
    });
  });

  test('a withdrawal ends it, there and wherever it was kept; a later approval counts again', async () => {
    const root = await site.host();
    const media = await copyMedium(approved);
    expect(await site.approve(media, { withdraw: true, words: 'wait for 9.2' })).toMatchObject({
      outcome: 'withdrawn',
      at: '2025-06-03T00:00:01Z',
    });
    await expect(applyAt(root, media)).rejects.toMatchObject({ code: 'trust.approval-withdrawn' });
    await apply({ media, root, storeOnly: true, context });
    // The medium of before no longer helps: the host has seen the withdrawal.
    await expect(applyAt(root, approved)).rejects.toMatchObject({ code: 'trust.approval-withdrawn' });
    await site.approve(media);
    expect(await applyAt(root, media)).toMatchObject({ outcome: 'applied' });
  });

  test('counts two approvals by one key as one, and those of two keys as two', async () => {
    const root = await site.host({ threshold: 2, approvers: [site.approver, second] });
    const media = await copyMedium(approved);
    await site.approve(media);
    expect(await readdir(await statementsOf(media))).toHaveLength(4);
    await expect(applyAt(root, media)).rejects.toMatchObject({
      code: 'trust.approval-threshold',
      details: { expected: 2, found: 1 },
    });
    await site.approve(media, { keyFile: second.file, by: 'bob' });
    expect(await applyAt(root, media)).toMatchObject({ outcome: 'applied', approvals: [{}, {}] });
  });

  test('goes back to what it had, also when that has expired, but not when it was withdrawn', async () => {
    const root = await site.host();
    const first = await copyMedium(approved);
    await applyAt(root, first);
    const media = await site.bringReported();
    await site.approve(media);
    await applyAt(root, media);
    const late = testContext('2025-09-01T00:00:00Z');
    expect(await rollback({ root, dryRun: true, context: late })).toMatchObject({
      outcome: 'would-roll-back',
    });
    await site.approve(first, { withdraw: true });
    await apply({ media: first, root, storeOnly: true, bundle: 'test-1', context });
    await expect(rollback({ root, context: late })).rejects.toMatchObject({
      code: 'trust.approval-withdrawn',
    });
  });
});

describe('keys', () => {
  test('a signer is no approver, whichever came first', async () => {
    const root = await site.host({ approvers: [site.approver, site.key] });
    await expect(applyAt(root, approved)).rejects.toMatchObject({ code: 'trust.approver', exitCode: 4 });
    const signer = await openSigningKey(join(site.directory, 'signing-key.pem'));
    expect(signer.publicKey.keyId).toBe(site.key.keyId);
    const other = await site.host();
    const file = join(other, 'approver.pub.pem');
    await writeFile(file, site.approver.pem);
    await expect(trustKey(file, other)).rejects.toMatchObject({ code: 'trust.approver' });
  });

  test('too few keys for the threshold are an error of the host, not of the medium', async () => {
    const root = await site.host({ threshold: 2 });
    await expect(applyAt(root, approved)).rejects.toMatchObject({ code: 'trust.no-approvers', exitCode: 4 });
  });

  test('an unknown key counts for nothing, whatever it wrote', async () => {
    const root = await site.host({ approvers: [second] });
    await expect(applyAt(root, approved)).rejects.toMatchObject({ code: 'trust.approval-missing' });
    const media = await copyMedium(approved);
    await site.approve(media, { keyFile: second.file });
    await rm(`${await stemOf(media)}.txt`);
    await symlink('/etc/passwd', `${await stemOf(media)}.txt`);
    const names = await readdir(await statementsOf(media));
    expect(names).toHaveLength(4);
    await expect(applyAt(await site.host(), media)).rejects.toMatchObject({
      family: expect.anything() as unknown,
    });
  });
});

async function withoutReport(media: string): Promise<string> {
  const copy = await copyMedium(media);
  await rm(join(copy, 'reports'), { recursive: true });
  return copy;
}
