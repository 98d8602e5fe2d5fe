/** The Release of a quirky repository: what it says, its digests, its signatures. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { signDetached, signInline } from './gpg.ts';
import type { QuirkyKeys } from './quirky-keys.ts';
import type { Quirks } from './quirks.ts';

/** A file that Release lists. */
export interface Row {
  path: string;
  bytes: Buffer;
}

/** What a Release says of the suite, without its digests. */
export function releaseHead(found: Quirks, now: Date): string[] {
  const suite = found.suite.split('/')[0] ?? '';
  const utc = now.toUTCString().replace('GMT', 'UTC');
  const names = {
    right: [`Suite: ${suite}`, `Codename: ${suite}`],
    codename: [`Codename: ${suite}`],
    other: ['Suite: other', 'Codename: other'],
    none: [],
  };
  const dates = {
    'RFC 1123': [`Date: ${utc}`],
    zone: [`Date: ${utc.replace('UTC', '+0200')}`],
    asctime: [`Date: ${now.toUTCString().replace(/^(...), (\d+) (...) (\d+) (\S+) .*/, '$1 $3 $2 $5 $4')}`],
    nonsense: ['Date: yesterday'],
    none: [],
  };
  const extra = found.second.includes('component') ? ' extra' : '';
  const components = {
    listed: [`Components: main${extra}`],
    'with a slash': [`Components: main${extra}`],
    other: ['Components: other'],
    none: [],
  };
  const foreign = found.second === 'i386' ? ' i386' : '';
  const architectures = {
    listed: [`Architectures: amd64${foreign}`],
    other: ['Architectures: arm64'],
    'all alone': ['Architectures: all'],
    none: [],
  };
  return [
    'Origin: Quirks',
    ...names[found.names],
    ...dates[found.date],
    ...architectures[found.architectures],
    ...components[found.components],
    ...(found.byHash === 'no' ? [] : ['Acquire-By-Hash: yes']),
  ];
}

export function digestSections(rows: readonly Row[], kind: Quirks['releaseDigests']): string[] {
  const section = (
    name: string,
    algorithm: string,
    { isWrong = false, inCapitals = false } = {},
  ): string[] => [
    `${name}:`,
    ...rows.map(({ path, bytes }) => {
      const digest = createHash(algorithm)
        .update(bytes)
        .update(isWrong ? 'x' : '')
        .digest('hex');
      return ` ${inCapitals ? digest.toUpperCase() : digest} ${bytes.length} ${path}`;
    }),
  ];
  const sha256 = section('SHA256', 'sha256');
  const sections: Record<Quirks['releaseDigests'], string[]> = {
    SHA256: sha256,
    'and MD5Sum': [...section('MD5Sum', 'md5'), ...sha256],
    'and SHA512': [...sha256, ...section('SHA512', 'sha512')],
    'and a wrong MD5Sum': [...section('MD5Sum', 'md5', { isWrong: true }), ...sha256],
    'and a wrong SHA512': [...sha256, ...section('SHA512', 'sha512', { isWrong: true })],
    'SHA512 alone': section('SHA512', 'sha512'),
    'MD5Sum alone': section('MD5Sum', 'md5'),
    'in capitals': section('SHA256', 'sha256', { inCapitals: true }),
  };
  return sections[kind];
}

/** Writes the files of a Release, signed as the quirks say. */
export async function signRelease(
  directory: string,
  text: string,
  { found: { signed, key }, keys }: { found: Quirks; keys: QuirkyKeys },
): Promise<void> {
  const signer = [keys.signers[key]];
  if (signed === 'detached' || signed === 'both' || signed === 'not')
    await writeBelow(directory, 'Release', Buffer.from(text));
  if (signed === 'detached' || signed === 'both')
    await writeBelow(directory, 'Release.gpg', await signDetached(text, signer));
  if (signed === 'detached' || signed === 'not') return;
  const whole = (await signInline(text, signer)).toString('latin1');
  const start = whole.indexOf('-----BEGIN PGP SIGNATURE');
  const unknown = async (): Promise<string> => {
    const other = (await signInline(text, [keys.unknown])).toString('latin1');
    return other.slice(other.indexOf('-----BEGIN PGP SIGNATURE'));
  };
  const texts: Record<string, () => Promise<string> | string> = {
    'blank after': () => `${whole}\n`,
    'one block twice': () => whole + whole.slice(start),
    'unknown block first': async () => whole.slice(0, start) + (await unknown()) + whole.slice(start),
    'unknown block last': async () => whole + (await unknown()),
  };
  await writeBelow(directory, 'InRelease', Buffer.from((await texts[signed]?.()) ?? whole, 'latin1'));
}

export async function writeBelow(directory: string, path: string, bytes: Buffer): Promise<void> {
  const file = join(directory, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes);
}
