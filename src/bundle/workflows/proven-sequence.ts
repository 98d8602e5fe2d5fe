/**
 * Reads the sequence number that a receipt proves: by the signed manifest of the bundle that its host applied, and not
 * by what the host claims. Invariant: a number counts only under the threshold of this machine, and with the purpose
 * that was signed.
 */
import { PommgrError } from '../../core/domain/errors.ts';
import { below, topPlace } from '../../core/domain/place.ts';
import { checkPurpose, purposeFileName } from '../../core/domain/purpose.ts';
import { parseRoot, rootFileName } from '../../core/domain/sha256sums.ts';
import { parseBundleName } from '../../medium/domain/bundle-choice.ts';
import { checkRootSignatures } from '../../trust/adapters/bundle-signers.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import { rootSignatureName } from '../../trust/domain/signing-key.ts';
import type { Receipt, ReceiptManifest } from '../../hosts/domain/receipt.ts';

/** Returns 0 where the receipt proves no sequence of the track. `media` may have statements about new signing keys. */
export async function provenSequence(
  { manifest }: Pick<Receipt, 'manifest'>,
  { track, media, trusted }: { track: string; media: string; trusted: TrustedKeys },
): Promise<number> {
  if (manifest === null) return 0;
  const bundle = parseBundleName(manifest.bundle);
  if (bundle.track !== track) return 0;
  try {
    await checkManifest(manifest, media, trusted);
    return bundle.sequence;
  } catch (error) {
    if (error instanceof PommgrError) return 0;
    throw error;
  }
}

async function checkManifest(manifest: ReceiptManifest, media: string, trusted: TrustedKeys): Promise<void> {
  const root = parseRoot(manifest.text, rootFileName);
  checkPurpose(
    { kind: 'bundle', name: manifest.bundle },
    { digests: new Map([[purposeFileName, root.purpose]]), where: rootFileName },
  );
  const signatures = new Map(
    manifest.signatures.map(({ keyId, base64 }) => [rootSignatureName(keyId), Buffer.from(base64, 'base64')]),
  );
  await checkRootSignatures(
    {
      where: `the manifest of ${manifest.bundle}`,
      root: Buffer.from(manifest.text),
      signatureFiles: [...signatures.keys()],
      readSignature: (file) => Promise.resolve(signatures.get(file) ?? Buffer.alloc(0)),
      rotations: below(topPlace(media), 'rotations'),
    },
    trusted,
  );
}
