/** Hosts that ask for an approval: what they apply, and what they refuse. */
import {
  appendFile,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { verify } from '../../src/bundle/workflows/verify.ts';
import { run } from '../../src/core/adapters/process.ts';
import { apply } from '../../src/host/workflows/apply.ts';
import { applyFrom } from '../../src/host/workflows/apply-from.ts';
import { hostStatus } from '../../src/host/workflows/host-status.ts';
import { rollback } from '../../src/host/workflows/rollback.ts';
import { restore } from '../../src/restore/workflows/restore.ts';
import { forecastMedium } from '../../src/forecast/workflows/forecast-preview.ts';
import { trustKey } from '../../src/trust/workflows/signing-key.ts';
import { openSigningKey } from '../../src/trust/adapters/signing.ts';
import { reportPlace } from '../../src/approval/adapters/medium-approvals.ts';
import { reportFileNames } from '../../src/approval/domain/approval-files.ts';
import { writeSignedDirectory } from '../../src/trust/adapters/signed-directory-writer.ts';
import { doctor } from '../../src/upkeep/workflows/doctor.ts';
import { storeAt } from '../../src/store/adapters/store.ts';
import { verifyAudit } from '../../src/upkeep/workflows/audit-verify.ts';
import {
  createApprovedSite,
  createApprover,
  decidedAt,
  type ApprovedSite,
  type Approver,
} from '../support/approvers.ts';
import { copyMedium, readAudit } from '../support/offline.ts';
import { serveDirectory } from '../support/http-server.ts';
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
    const approval = { threshold: 1, approvals: [{ by: 'alice' }], objections: [] };
    expect(await hostStatus({ root, now: context.now() })).toMatchObject({ approval, problems: [] });
    const { checks } = await doctor({ root, deep: false, repair: false, context });
    expect(checks.find(({ name }) => name === 'approvals')).toEqual({ name: 'approvals', problems: [] });
    await shares(root);
  });

  /** Another host takes it from this one's store, on a share and by HTTP. */
  async function shares(from: string): Promise<void> {
    const store = join(from, 'var/lib/pommgr');
    const root = await site.host();
    const applied = await applyFrom({ from: store, root, context });
    expect(applied).toMatchObject({ outcome: 'applied', approvals: [{ by: 'alice' }] });
    expect(await readdir(join(root, 'var/lib/pommgr/remotes/test-1/+approval'))).toHaveLength(3);
    const late = testContext('2025-08-01T00:00:00Z');
    await expect(applyFrom({ from: store, root: await site.host(), context: late })).rejects.toMatchObject({
      code: 'trust.approval-expired',
    });
    const { url } = await serveDirectory(store);
    const byHttp = await applyFrom({ from: url, root: await site.host(), dryRun: true, context });
    expect(byHttp).toMatchObject({ outcome: 'would-apply', approvals: [{ by: 'alice' }] });
    const stolen = join(store, 'baselines/test-1/+approval');
    await writeFile(join(stolen, `${site.approver.keyId}-20250603T000000Z.sig`), Buffer.alloc(64));
    await expect(applyFrom({ from: store, root: await site.host(), context })).rejects.toMatchObject({
      code: 'trust.signature',
    });
  }

  test('finds a withdrawal of what is applied', async () => {
    const root = await site.host();
    await applyAt(root, approved);
    const media = await copyMedium(approved);
    await site.approve(media, { withdraw: true });
    await apply({ media, root, storeOnly: true, context });
    const { checks } = await doctor({ root, deep: false, repair: false, context });
    expect(checks.find(({ name }) => name === 'approvals')?.problems).toMatchObject([
      { what: expect.stringContaining('it was withdrawn at 2025-06-03T00:00:01Z') as unknown },
    ]);
    const status = await hostStatus({ root, now: context.now() });
    expect(status?.approval).toMatchObject({
      approvals: [],
      objections: [{ text: expect.any(String) as unknown }],
    });
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
    await cp(await statementsOf(approved), join(next, 'approvals/test-2'), { recursive: true });
    await expect(applyAt(root, next)).rejects.toMatchObject({ code: 'trust.approval-bundle' });
    const rewritten = await copyMedium(approved);
    const files = new Map<string, Buffer>();
    for (const name of reportFileNames) {
      files.set(name, Buffer.from(`${await readFile(join(approved, 'reports/test-1', name), 'utf8')} `));
    }
    const key = await openSigningKey(join(site.directory, 'signing-key.pem'));
    await writeSignedDirectory(reportPlace(rewritten, 'test-1'), files, [key]);
    await expect(applyAt(root, rewritten)).rejects.toMatchObject({ code: 'trust.approval-report' });
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
    const media = await copyMedium(approved);
    await expect(applyAt(root, media)).rejects.toMatchObject({ code: 'trust.approval-missing' });
    const stem = await stemOf(media);
    await rm(`${stem}.txt`);
    await symlink('/etc/passwd', `${stem}.txt`);
    await truncate(`${stem}.sig`, 2 ** 40);
    await expect(applyAt(root, media)).rejects.toMatchObject({ code: 'trust.approval-missing' });
  });
});

/** Somebody changes approvals or reports on the medium; the host trusts both keys. */
const attacks: [string, string, (media: string, stem: string) => Promise<unknown>][] = [
  [
    'a statement with another signature',
    'trust.signature',
    (_, stem) => writeFile(`${stem}.sig`, Buffer.alloc(64)),
  ],
  ['a changed statement', 'trust.signature', (_, stem) => appendFile(`${stem}.txt`, ' ')],
  [
    'a longer expiry',
    'trust.signature',
    async (_, stem) => {
      const text = await readFile(`${stem}.txt`, 'utf8');
      await writeFile(`${stem}.txt`, text.replace('until 2025', 'until 2035'));
    },
  ],
  ['a statement without signature', 'integrity.missing', (_, stem) => rm(`${stem}.sig`)],
  [
    'a link in the place of a statement',
    'integrity.file-type',
    async (_, stem) => {
      await rm(`${stem}.txt`);
      await symlink(`${await stemOf(approved)}.txt`, `${stem}.txt`);
    },
  ],
  ['a giant statement', 'integrity.size', (_, stem) => truncate(`${stem}.txt`, 2 ** 40)],
  ['a giant signature', 'integrity.size', (_, stem) => truncate(`${stem}.sig`, 2 ** 40)],
  [
    'a directory in the place of a statement',
    'integrity.file-type',
    async (_, stem) => {
      await rm(`${stem}.txt`);
      await mkdir(`${stem}.txt`);
    },
  ],
  [
    'a copy under a later name',
    'integrity.name',
    async (_, stem) => {
      for (const end of ['.txt', '.sig']) {
        await cp(`${stem}${end}`, `${stem.replace('20250603', '20250604')}${end}`);
      }
    },
  ],
  ['a foreign file', 'integrity.extra', (media) => writeFile(join(media, 'approvals/test-1/Thumbs.db'), 'x')],
  [
    '65 statements',
    'trust.approvals',
    async (media) => {
      for (let number = 0; number < 64; number += 1) {
        const id = number.toString(16).padStart(16, '0');
        await writeFile(join(media, `approvals/test-1/${id}-20250603T000000Z.txt`), 'x');
      }
    },
  ],
  [
    'a link in the place of the approvals of a bundle',
    'integrity.file-type',
    async (media) => {
      await rename(join(media, 'approvals/test-1'), join(media, 'approvals/test-9'));
      await symlink('test-9', join(media, 'approvals/test-1'));
    },
  ],
  [
    'a file in the place of approvals/',
    'integrity.file-type',
    async (media) => {
      await rm(join(media, 'approvals'), { recursive: true });
      await writeFile(join(media, 'approvals'), 'x');
    },
  ],
  [
    'the list of the bundle, signed by the approver',
    'trust.approval',
    async (media, stem) => {
      const key = await openSigningKey(site.approver.file);
      const list = (await readFile(join(media, 'bundles/test-1/SHA256SUMS'))).subarray(0, 256);
      await writeFile(`${stem}.txt`, list);
      await writeFile(`${stem}.sig`, await key.sign(list));
    },
  ],
  [
    'a report that was changed',
    'integrity.digest',
    (media) => appendFile(join(media, 'reports/test-1/report.html'), ' '),
  ],
  [
    'a report with one file more',
    'integrity.extra',
    (media) => writeFile(join(media, 'reports/test-1/x'), 'x'),
  ],
  [
    'the list of the tool in the place of that of the report',
    'integrity.root',
    async (media) => {
      for (const name of await readdir(join(media, 'tool'))) {
        if (name.startsWith('SHA256SUMS'))
          await cp(join(media, 'tool', name), join(media, 'reports/test-1', name));
      }
    },
  ],
  [
    'the report of another bundle',
    'trust.purpose',
    async (media) => {
      await rm(join(media, 'reports/test-1'), { recursive: true });
      const files = new Map(reportFileNames.map((name) => [name, Buffer.from('{}')]));
      const key = await openSigningKey(join(site.directory, 'signing-key.pem'));
      await writeSignedDirectory(reportPlace(media, 'test-2'), files, [key]);
      await rename(join(media, 'reports/test-2'), join(media, 'reports/test-1'));
    },
  ],
  [
    'a report by the approver',
    'trust.unknown-signer',
    async (media) => {
      const files = new Map(reportFileNames.map((name) => [name, Buffer.from('{}')]));
      await writeSignedDirectory(reportPlace(media, 'test-1'), files, [
        await openSigningKey(site.approver.file),
      ]);
    },
  ],
];

describe('on a medium that somebody had', () => {
  let root: string;
  beforeAll(async () => {
    root = await site.host();
  });

  test.each(attacks)('%s is refused: %s', async (_what, code, attack) => {
    const media = await copyMedium(approved);
    await attack(media, await stemOf(media));
    const before = await treeOf(join(root, 'etc'));
    const refused = expect.objectContaining({ code }) as Error;
    await expect(apply({ media, root, dryRun: true, context })).rejects.toEqual(refused);
    const keyFiles = [join(site.directory, 'key.pub.pem')];
    await expect(verify({ media, keyFiles, root, context })).rejects.toEqual(refused);
    expect(await treeOf(join(root, 'etc'))).toEqual(before);
  });
});

async function withoutReport(media: string): Promise<string> {
  const copy = await copyMedium(media);
  await rm(join(copy, 'reports'), { recursive: true });
  return copy;
}
