/**
 * Reads bundle.json as a manifest covers it. Invariant: `readRootedBundle` returns the document of the very bundle that
 * was signed.
 */
import { digestMismatch } from '../../core/domain/mismatch.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { parseDocument, type DocumentKind } from '../../core/domain/document.ts';
import { checkPurpose, purposeFileName } from '../../core/domain/purpose.ts';
import { bundleFileName, rootFileName, type Root } from '../../core/domain/sha256sums.ts';
import { bundleDirectoryName, bundleSchema, type Bundle } from './bundle.ts';

export const maxRootBytes = 1024 * 1024;
export const maxBundleDocumentBytes = 4 * 1024 * 1024;
const bundleKind: DocumentKind<Bundle> = { noun: 'bundle', schema: bundleSchema };

/**
 * `directory` is where both files are, for messages; `hint` says what to do when the bytes differ.
 * @throws PommgrError `integrity.digest` unless these are the bytes that the root covers, `config.*` for a document that
 *   this pommgr cannot read, `trust.purpose` where the root was signed for something else than the bundle described.
 */
export function readRootedBundle(
  root: Root,
  { document, directory, hint }: { document: Uint8Array; directory: string; hint: string },
): Bundle {
  const file = `${directory}/${bundleFileName}`;
  const found = sha256Hex(document);
  if (found !== root.document) {
    throw digestMismatch(file, { expected: root.document, found, hints: [hint] });
  }
  const bundle = parseDocument(Buffer.from(document).toString('utf8'), bundleKind, file);
  const digests = new Map([[purposeFileName, root.purpose]]);
  const purpose = { kind: 'bundle', name: bundleDirectoryName(bundle) } as const;
  checkPurpose(purpose, { digests, where: `${directory}/${rootFileName}` });
  return bundle;
}
