/** A site whose media carry reports, approvers with keys, and hosts that ask for their approval. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReportMaker } from '../../src/approval/domain/report-pack.ts';
import { approve, type ApproveOptions } from '../../src/approval/workflows/approve.ts';
import { pack } from '../../src/bundle/workflows/pack.ts';
import { canonicalJson } from '../../src/core/domain/canonical-json.ts';
import { snapshot } from '../../src/snapshot/workflows/snapshot.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { createHost, createSite, writeBelow, type Site } from './offline.ts';
import { testContext } from './online.ts';
import { scratchDirectory } from './scratch.ts';

export interface Approver extends SigningPublicKey {
  /** File of the private key. */
  file: string;
}

export async function createApprover(): Promise<Approver> {
  const file = join(await scratchDirectory(), 'approver.pem');
  return { ...(await createSigningKey(file)), file };
}

/** A report that only says which baseline it is of; `note` makes it another one. */
export function plainReports(note = ''): ReportMaker {
  return {
    make: ({ baseline: { name, digest }, base }) => {
      const totals = { sources: 1, added: 0, upgraded: 1, downgraded: 0, removed: 0, cves: 2 };
      const since = base === null ? null : { name: base, digest: '0'.repeat(64) };
      const about = { baseline: { name, digest }, comparedWith: 'baseline', since, totals, note };
      const data = { schema: 'pommgr/report/v1', ...about };
      return Promise.resolve(
        new Map([
          ['report.html', Buffer.from(`<!DOCTYPE html><title>${name} ${note}</title>`)],
          ['report.ja.html', Buffer.from(`<!DOCTYPE html><title>${name} ${note}</title>`)],
          ['report.json', Buffer.from(canonicalJson(data))],
        ]),
      );
    },
    compare: () => Promise.resolve([]),
  };
}

const packedAt = '2025-06-02T00:00:00Z';
export const decidedAt = '2025-06-03T00:00:00Z';

export interface ApprovedSite extends Site {
  approver: Approver;
  /** Packs the newest baseline, or a new one, with its report onto a new medium. */
  bringReported(options?: { reports?: ReportMaker; snapshot?: boolean; since?: string }): Promise<string>;
  /** Approves as the approver, a day after packing, for 30 days. */
  approve(media: string, options?: Partial<ApproveOptions>): ReturnType<typeof approve>;
  /** A host that asks for approvals by these approvers. */
  host(options?: { threshold?: number; approvers?: readonly SigningPublicKey[] }): Promise<string>;
}

export async function createApprovedSite(): Promise<ApprovedSite> {
  const site = await createSite();
  const approver = await createApprover();
  const { configFile } = site;
  await writeFile(join(site.directory, 'key.pub.pem'), site.key.pem);
  return {
    ...site,
    approver,
    async bringReported({ reports = plainReports(), snapshot: isNew = true, since } = {}) {
      const media = await scratchDirectory();
      const context = testContext(packedAt);
      if (isNew) await snapshot({ configFile, context, dryRun: false, force: true });
      await pack({ configFile, media, reports, since, context });
      return media;
    },
    approve: (media, options = {}) =>
      approve({
        ...{ media: [media], keyFile: approver.file, by: 'alice', words: 'approved', days: 30 },
        ...{ withdraw: false, yes: false, dryRun: false, signerFiles: [join(site.directory, 'key.pub.pem')] },
        confirm: () => Promise.resolve(true),
        context: testContext(decidedAt),
        ...options,
      }),
    async host({ threshold = 1, approvers = [approver] } = {}) {
      const root = await createHost([site.key]);
      await writeBelow(root, 'etc/pommgr/config.yaml', `approval: { threshold: ${threshold} }\n`);
      await mkdir(join(root, 'etc/pommgr/approvers.d'), { recursive: true });
      for (const { keyId, pem } of approvers) {
        await writeBelow(root, `etc/pommgr/approvers.d/${keyId}.pem`, pem);
      }
      return root;
    },
  };
}
