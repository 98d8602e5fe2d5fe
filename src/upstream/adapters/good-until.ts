/** Computes until when valid signatures stay valid: expiry of the keys and of the signatures themselves. */
import { readKeys, readSignature } from 'openpgp';

/**
 * Returns the first moment at which a key of these certificates or a signature expires; undefined where none does or
 * one cannot be judged. `inline` are files in the cleartext signature framework.
 */
export async function signaturesGoodUntil(
  certificates: readonly Uint8Array[],
  inline: readonly Uint8Array[],
): Promise<Date | 'never' | undefined> {
  const ends: number[] = [];
  for (const binaryKeys of certificates) {
    for (const certificate of await readKeys({ binaryKeys })) {
      for (const key of [certificate, ...certificate.getSubkeys()]) {
        const end = await key.getExpirationTime();
        if (end === null) return undefined;
        if (end instanceof Date) ends.push(end.getTime());
      }
    }
  }
  for (const bytes of inline) {
    const text = Buffer.from(bytes).toString('latin1');
    if (text.split('-----BEGIN PGP SIGNATURE-----').length !== 2) return undefined;
    const armoredSignature = text.slice(text.lastIndexOf('-----BEGIN PGP SIGNATURE-----'));
    for (const packet of (await readSignature({ armoredSignature })).packets) {
      const end = packet.getExpirationTime();
      if (end instanceof Date) ends.push(end.getTime());
    }
  }
  const now = Date.now();
  const ahead = ends.filter((end) => end > now);
  return ahead.length === 0 ? 'never' : new Date(Math.min(...ahead));
}
