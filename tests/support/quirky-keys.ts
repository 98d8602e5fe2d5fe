/** The keys of quirky repositories, each made once, and the forms in which vendors hand them out. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSigningIdentity, revocationOf, type SigningIdentity } from './gpg.ts';
import type { Quirks } from './quirks.ts';

export interface QuirkyKeys {
  signers: Record<Quirks['key'], SigningIdentity>;
  /** In no keyring. */
  unknown: SigningIdentity;
  /** Value of Signed-By in a deb822 source: a path, or the key itself. */
  signedBy(key: Quirks['key'], form: Quirks['keyring']): string;
}

const algorithms = {
  ed25519: { algorithm: 'ed25519' },
  rsa3072: { algorithm: 'rsa3072' },
  nistp256: { algorithm: 'nistp256' },
  brainpool: { algorithm: 'brainpoolP256r1' },
  dsa: { algorithm: 'dsa2048' },
  rsa1024: { algorithm: 'rsa1024' },
  'bound with SHA-1': { algorithm: 'rsa3072', bindingDigest: 'SHA1' },
} as const;

/** Writes the keyring files into the directory. */
export async function createQuirkyKeys(directory: string): Promise<QuirkyKeys> {
  const signers = {} as Record<Quirks['key'], SigningIdentity>;
  const texts = new Map<string, string>();
  const other = await createSigningIdentity({ name: 'Another key of the vendor' });
  const revocation = await revocationOf(other);
  const [otherBinary, otherArmored] = await filesOf(other);
  for (const [key, options] of Object.entries(algorithms) as [Quirks['key'], object][]) {
    const signer = await createSigningIdentity({ name: key, ...options });
    signers[key] = signer;
    const [binary, armored] = await filesOf(signer);
    const contents: [Quirks['keyring'], string, Buffer][] = [
      ['binary', 'gpg', Buffer.concat([otherBinary, binary])],
      ['armored', 'asc', armored],
      ['armored blocks', 'asc', Buffer.concat([otherArmored, armored])],
      ['with a revocation', 'asc', Buffer.concat([otherArmored, revocation, armored])],
      ['binary and armored', 'gpg', Buffer.concat([otherBinary, armored])],
      ['armored as .gpg', 'gpg', armored],
      ['binary as .asc', 'asc', binary],
    ];
    for (const [form, ending, bytes] of contents) {
      const path = join(directory, `${key} ${form}`.replaceAll(' ', '-') + `.${ending}`);
      await writeFile(path, bytes);
      texts.set(`${key} ${form}`, path);
    }
    texts.set(`${key} embedded`, embedded(armored, ' '));
    texts.set(`${key} embedded with tabs`, embedded(armored, '\t'));
  }
  return {
    signers,
    unknown: await createSigningIdentity({ name: 'Unknown' }),
    signedBy: (key, form) => texts.get(`${key} ${form}`) ?? '',
  };
}

/** As sources.list(5) has it: indented, with a dot for an empty line. */
function embedded(armored: Buffer, indent: string): string {
  const lines = armored.toString('latin1').trimEnd().split('\n');
  return `\n${lines.map((line) => indent + (line === '' ? '.' : line)).join('\n')}`;
}

async function filesOf({ binaryKeyring, armoredKeyring }: SigningIdentity): Promise<[Buffer, Buffer]> {
  return [await readFile(binaryKeyring), await readFile(armoredKeyring)];
}
