/**
 * Defines `baselines/index.json` of a store: what it offers to other hosts. It is not signed, and nothing depends on
 * it: a host that finds a baseline by it checks the baseline's own manifest.
 */
import { z } from 'zod';
import { baselineNameSchema } from '../../core/domain/names.ts';
import type { DocumentKind } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { isRootSignatureName } from '../../trust/domain/signing-key.ts';
import { isApprovalFileName, isReportRootName } from './stored-approval.ts';

export const storeIndexSchema = z.strictObject({
  schema: z.literal('pommgr/store-index/v1'),
  /** By name. */
  baselines: z.array(
    z.strictObject({
      name: baselineNameSchema,
      /** Names of the files with the signatures of its manifest. */
      signatures: z.array(z.string().refine(isRootSignatureName, 'not the name of a signature')).max(64),
      /** Names of the files with approvals, and with the report's manifest and its signatures. */
      approvals: z
        .array(z.string().refine(isApprovalFileName, 'not the name of an approval'))
        .max(256)
        .optional(),
      report: z.array(z.string().refine(isReportRootName, 'not the name of a signature')).max(65).optional(),
      /** Targets whose files it has; absent where it has those of all. */
      targets: z.array(z.string()).max(1024).optional(),
    }),
  ),
});
export type StoreIndex = z.infer<typeof storeIndexSchema>;
export type OfferedBaseline = StoreIndex['baselines'][number];

export const storeIndexKind: DocumentKind<StoreIndex> = {
  noun: 'store-index',
  schema: storeIndexSchema,
  code: 'integrity.index',
};

/**
 * Returns the baseline to use among those that a store offers: `chosen`, else the highest of the host's track. Only its
 * name is known yet.
 * @throws PommgrError `integrity.missing` for a store without baselines, `usage.baseline` when one must be chosen.
 */
export function chooseOffered(
  offered: readonly OfferedBaseline[],
  choice: { address: string; chosen?: string | undefined; track: string | null; switchTrack: boolean },
): OfferedBaseline {
  const { address, chosen, track, switchTrack } = choice;
  const names = offered.map(({ name }) => name);
  const details = { store: address, found: names };
  if (offered.length === 0) {
    throw new PommgrError('integrity.missing', `There is no baseline in the store ${address}.`, {
      hints: ['Bring one to that host with "pommgr apply --media DIR".'],
      details,
    });
  }
  const hints = [`There are: ${names.slice(-10).join(', ')}.`, 'Choose one with --bundle NAME.'];
  if (chosen !== undefined) {
    const found = offered.find(({ name }) => name === chosen);
    if (found !== undefined) return found;
    throw new PommgrError('usage.baseline', `There is no baseline ${chosen} in the store ${address}.`, {
      hints,
      details,
    });
  }
  const ofTrack = offered.filter(({ name }) => (trackOf(name) === track) !== switchTrack);
  const ranked = (ofTrack.length > 0 ? ofTrack : offered).toSorted(
    (a, b) => sequenceOf(b.name) - sequenceOf(a.name),
  );
  const [highest] = ranked;
  if (highest !== undefined && ranked.every(({ name }) => trackOf(name) === trackOf(highest.name))) {
    return highest;
  }
  throw new PommgrError('usage.baseline', `${address} has baselines of several tracks.`, { hints, details });
}

function trackOf(name: string): string {
  return name.slice(0, name.lastIndexOf('-'));
}

function sequenceOf(name: string): number {
  return Number(name.slice(name.lastIndexOf('-') + 1));
}
