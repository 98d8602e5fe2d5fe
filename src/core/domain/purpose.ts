/**
 * States what a manifest is for: the file `PURPOSE` beside it, one line, which every manifest must list. Invariant: a
 * manifest is valid only if its PURPOSE is that of the directory in which it lies, so that no manifest passes for
 * another.
 */
import { sha256Hex } from './digest.ts';
import type { Digests } from './digest-list.ts';
import { PommgrError } from './errors.ts';

export type SignedKind = 'bundle' | 'tool' | 'runtime' | 'subscriptions' | 'report';

/** The kind of a signed directory, and its name. */
export interface Purpose {
  kind: SignedKind;
  name: string;
}

export const purposeFileName = 'PURPOSE';
/** Version of the layout of signed directories; a reader accepts no other. */
const format = 'pommgr-signed/v1';

/** Returns the content of the file, e.g. `pommgr-signed/v1 bundle pve9-prod-12`. */
export function purposeText({ kind, name }: Purpose): string {
  return `${format} ${kind} ${name}\n`;
}

export function purposeDigest(purpose: Purpose): string {
  return sha256Hex(purposeText(purpose));
}

/**
 * Checks the purpose; `file` is the name of PURPOSE in the manifest, `where` the path of the manifest.
 * @throws PommgrError `trust.purpose` for a list that was signed for something else, or for nothing.
 */
export function checkPurpose(
  purpose: Purpose,
  { digests, file = purposeFileName, where }: { digests: Digests; file?: string; where: string },
): void {
  const expected = purposeDigest(purpose);
  const found = digests.get(file);
  if (found === expected) return;
  throw new PommgrError(
    'trust.purpose',
    `${where} was signed for something else than ${purposeText(purpose).trim()}: expected ${expected} as the SHA-256 of ${file}, found ${found ?? 'none'}.`,
    {
      hints: [
        'A signed directory was put in the place of another, or renamed. Do not use this medium; find out who had it.',
        'If it was renamed by mistake, give it its name again: PURPOSE in it says which.',
      ],
      details: { file: where, purpose, expected, found: found ?? null },
    },
  );
}
