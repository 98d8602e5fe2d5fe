/**
 * Reads the signed manifest of a report where the report itself need not be: in a store. Invariant: a ReportRoot was
 * signed by a trusted key as that of this very bundle.
 */
import { parseDigests } from '../../core/domain/digest-list.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { checkPurpose, purposeFileName } from '../../core/domain/purpose.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';
import { checkRootSignatures } from '../../trust/adapters/bundle-signers.ts';
import { maxManifestBytes, type SignedDirectory } from '../../trust/adapters/signed-directory.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import { isRootSignatureName } from '../../trust/domain/signing-key.ts';
import { reportFileNames } from '../domain/approval-files.ts';
import type { StatementSource } from './statement-files.ts';

export interface ReportRoot {
  /** SHA-256 of the manifest, which approvals name. */
  digest: string;
  /** The manifest and the signatures that counted, by file name; a store keeps these. */
  files: ReadonlyMap<string, Buffer>;
}

/** Returns the manifest of a report that was opened on a medium. */
export function reportRootOf({ manifest, signatures }: SignedDirectory): ReportRoot {
  return { digest: sha256Hex(manifest), files: new Map([[rootFileName, manifest], ...signatures]) };
}

/** Returns undefined where there is no manifest. @throws PommgrError `trust.*`, `integrity.root` */
export async function readReportRoot(
  { where, names, read }: StatementSource,
  bundle: string,
  trusted: TrustedKeys,
): Promise<ReportRoot | undefined> {
  if (!names.includes(rootFileName)) return undefined;
  const root = await read(rootFileName, maxManifestBytes);
  const signed = {
    ...{ where, root, readSignature: read, rotations: undefined },
    signatureFiles: names.filter(isRootSignatureName),
  };
  const { signatures } = await checkRootSignatures(signed, trusted);
  const file = `${where}/${rootFileName}`;
  const digests = parseDigests(
    root.toString('utf8'),
    (name) => name === purposeFileName || reportFileNames.includes(name),
  );
  if ('why' in digests) {
    throw new PommgrError('integrity.root', `${file} is not the list of a report: ${digests.why}.`, {
      hints: ['The file was changed or damaged. Bring the medium of the baseline again.'],
      details: { file },
    });
  }
  checkPurpose({ kind: 'report', name: bundle }, { digests, where: file });
  return { digest: sha256Hex(root), files: new Map([[rootFileName, root], ...signatures]) };
}
