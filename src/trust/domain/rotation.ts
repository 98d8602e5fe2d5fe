/** Defines a rotation: the old signing key's statement that a new one takes its place. */
import { z } from 'zod';
import { timeSchema } from '../../core/domain/time.ts';
import { sha256Schema } from '../../core/domain/digest.ts';
import { parseDocument, type DocumentKind } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { parsePublicKey, type SigningPublicKey } from './signing-key.ts';

/** Directory on a medium for the statements by which one signing key hands over to another. */
export const rotationsDirectoryName = 'rotations';

export const rotationSchema = z.strictObject({
  schema: z.literal('pommgr/key-rotation/v1'),
  oldFingerprint: sha256Schema,
  newFingerprint: sha256Schema,
  /** PEM. */
  newPublicKey: z.string(),
  created: timeSchema,
});
export type Rotation = z.infer<typeof rotationSchema>;

const rotationKind: DocumentKind<Rotation> = { noun: 'key-rotation', schema: rotationSchema };

export function createRotation(from: SigningPublicKey, to: SigningPublicKey, created: string): Rotation {
  return {
    schema: 'pommgr/key-rotation/v1',
    oldFingerprint: from.fingerprint,
    newFingerprint: to.fingerprint,
    newPublicKey: to.pem,
    created,
  };
}

/**
 * Returns the new key of a statement whose signature by the old key `oldFingerprint` was good.
 * @throws PommgrError `trust.rotation` when the statement is about other keys than its file name and signature say.
 */
export function readRotation(
  text: string,
  names: { oldFingerprint: string; newKeyId: string },
  where: string,
): SigningPublicKey {
  const rotation = parseDocument(text, rotationKind, where);
  const key = parsePublicKey(rotation.newPublicKey, where);
  if (
    key.fingerprint !== rotation.newFingerprint ||
    key.keyId !== names.newKeyId ||
    rotation.oldFingerprint !== names.oldFingerprint
  ) {
    throw new PommgrError(
      'trust.rotation',
      `${where} does not hand over from the key that signed it to key ${names.newKeyId}.`,
      {
        hints: ['Take this file from the online side again.'],
        details: { file: where, expected: names, found: rotation },
      },
    );
  }
  return key;
}

/** `<new key id>.json` */
export function rotationFileName(newKeyId: string): string {
  return `${newKeyId}.json`;
}

/** `<new key id>.json.<old key id>.sig` */
export function rotationSignatureName(newKeyId: string, oldKeyId: string): string {
  return `${rotationFileName(newKeyId)}.${oldKeyId}.sig`;
}

/** Returns both key ids in the name of a statement's signature; undefined for any other name. */
export function keyIdsOfRotationSignature(file: string): { newKeyId: string; oldKeyId: string } | undefined {
  const [, newKeyId, oldKeyId] = /^([0-9a-f]{16})\.json\.([0-9a-f]{16})\.sig$/.exec(file) ?? [];
  return newKeyId === undefined || oldKeyId === undefined ? undefined : { newKeyId, oldKeyId };
}
