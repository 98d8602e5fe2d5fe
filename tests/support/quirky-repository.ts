/** Repositories with what vendors' real ones have: random, signed, each with one package of a name of its own. */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { signDetached, signInline, type SigningIdentity } from './gpg.ts';
import type { BuiltPackage } from './packages.ts';

export const quirks = fc.record({
  suite: fc.constantFrom('stable', 'stable', 'stable/updates', './', '/', 'deb/', 'a/b/'),
  names: fc.constantFrom('right', 'right', 'other', 'none', 'codename'),
  date: fc.constantFrom('RFC 1123', 'RFC 1123', 'zone', 'none', 'asctime', 'nonsense'),
  components: fc.constantFrom('listed', 'listed', 'none', 'other', 'with a slash'),
  architectures: fc.constantFrom('listed', 'listed', 'none', 'other', 'all alone'),
  index: fc.constantFrom('amd64', 'amd64', 'all', 'both'),
  forms: fc.uniqueArray(fc.constantFrom('gz', 'xz', 'zst', 'bz2', 'lzma', 'lz4', 'plain'), {
    minLength: 1,
    maxLength: 3,
  }),
  listsPlain: fc.constantFrom(true, true, true, true, false),
  tail: fc.constantFrom('', '', 'garbage\n', '\0\0\0\0'),
  lineEnds: fc.constantFrom('\n', '\n', '\r\n'),
  releaseLineEnds: fc.constantFrom('\n', '\n', '\r\n'),
  before: fc.constantFrom('', '', '\n', '\n\n', '# comment: x\n', ' \n'),
  after: fc.constantFrom('', '', '\n\n\n', 'nonsense\n'),
  path: fc.constantFrom('pool/x/', 'pool/x/', './pool/x/', '/pool/x/', 'pool//x/', 'a b/', 'pool/+~=@/'),
  odd: fc.constantFrom(
    [],
    [],
    ['Version: 1.0_beta'],
    ['Architecture: x86_64'],
    ['Architecture:'],
    ['SHA256:'],
    ['Section: System Environment/Base'],
    ['Source:'],
    ['Source: https://example.invalid/x.git'],
    ['Version:'],
    ['Size: 0'],
    ['Filename: ../x.deb'],
    ['Package: Odd Name'],
    ['Package:'],
    ['Depends: libc6 (>= 2'],
    ['Depends: a (>= 1) | b, c'],
    ['Section: a', 'Section: b'],
    ['no colon here'],
  ),
  blankBetween: fc.constantFrom('\n', '\n', '\n\n\n', ' \n\n'),
  signed: fc.constantFrom('inline', 'inline', 'detached', 'both', 'not', 'blank after', 'two blocks'),
});
export type Quirks = typeof quirks extends fc.Arbitrary<infer Value> ? Value : never;

export interface QuirkyRepository {
  quirks: Quirks;
  /** Name of its good package. */
  name: string;
  /** Words of a source line behind the URI. */
  words: string[];
}

export async function writeQuirkyRepository(
  directory: string,
  found: Quirks,
  about: { number: number; package: BuiltPackage; bytes: Buffer; signer: SigningIdentity; now: Date },
): Promise<QuirkyRepository> {
  const name = `quirk${about.number}`;
  const isFlat = found.suite.endsWith('/');
  const component = found.components === 'with a slash' ? 'x/main' : 'main';
  const suiteDirectory = isFlat ? found.suite : `dists/${found.suite}/`;
  const filename = `${found.path}${name}.deb`;
  await writeBelow(directory, filename, about.bytes);
  const text = packagesText(name, filename, { found, package: about.package });
  const paths = isFlat ? ['Packages'] : indexPaths(found.index, component);
  const rows: string[] = [];
  for (const path of paths) {
    const bytes = Buffer.from(text);
    if (found.listsPlain) rows.push(row(path, bytes));
    for (const form of found.forms) {
      const packed = form === 'plain' ? bytes : Buffer.concat([pack(form, bytes), Buffer.from(found.tail)]);
      const file = form === 'plain' ? path : `${path}.${form}`;
      if (form !== 'plain') rows.push(row(file, packed));
      if (form !== 'plain' || found.listsPlain)
        await writeBelow(directory, `${suiteDirectory}${file}`, packed);
    }
  }
  const release = `${[...releaseHead(found, about.now), 'SHA256:', ...rows].join('\n')}\n`.replaceAll(
    '\n',
    found.releaseLineEnds,
  );
  await sign(join(directory, suiteDirectory), release, { kind: found.signed, signer: about.signer });
  return { quirks: found, name, words: isFlat ? [found.suite] : [found.suite, component] };
}

function packagesText(
  name: string,
  filename: string,
  { found, package: built }: { found: Quirks; package: BuiltPackage },
): string {
  const facts = [`Filename: ${filename}`, `Size: ${built.sizeBytes}`, `SHA256: ${built.sha256}`];
  const stanza = (who: string, changes: readonly string[]): string => {
    const lines = [
      `Package: ${who}`,
      'Version: 1.0',
      'Architecture: amd64',
      'Maintainer: A <a@example.invalid>',
      ...facts,
      'Description: x',
    ];
    const names = new Set(changes.map((line) => line.split(':')[0]));
    return [...lines.filter((line) => !names.has(line.split(':')[0])), ...changes]
      .map((line) => `${line}\n`)
      .join('');
  };
  const odd = found.odd.length === 0 ? '' : `${found.blankBetween}${stanza(`${name}-odd`, found.odd)}`;
  return `${found.before}${stanza(name, [])}${odd}${found.after === '' ? '' : `\n${found.after}`}`.replaceAll(
    '\n',
    found.lineEnds,
  );
}

function indexPaths(index: Quirks['index'], component: string): string[] {
  const architectures = index === 'both' ? ['amd64', 'all'] : [index];
  return architectures.map((architecture) => `${component}/binary-${architecture}/Packages`);
}

function releaseHead(found: Quirks, now: Date): string[] {
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
  const components = {
    listed: ['Components: main'],
    'with a slash': ['Components: main'],
    other: ['Components: extra'],
    none: [],
  };
  const architectures = {
    listed: ['Architectures: amd64'],
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
  ];
}

async function sign(
  directory: string,
  text: string,
  { kind, signer }: { kind: Quirks['signed']; signer: SigningIdentity },
): Promise<void> {
  if (kind === 'detached' || kind === 'both' || kind === 'not')
    await writeBelow(directory, 'Release', Buffer.from(text));
  if (kind === 'detached' || kind === 'both')
    await writeBelow(directory, 'Release.gpg', await signDetached(text, [signer]));
  if (kind === 'detached' || kind === 'not') return;
  const signed = (await signInline(text, [signer])).toString('latin1');
  const more =
    kind === 'blank after'
      ? '\n'
      : kind === 'two blocks'
        ? signed.slice(signed.indexOf('-----BEGIN PGP SIGNATURE'))
        : '';
  await writeBelow(directory, 'InRelease', Buffer.from(signed + more, 'latin1'));
}

function pack(form: string, bytes: Buffer): Buffer {
  const programs: Record<string, string[]> = {
    xz: ['xz', '-c'],
    zst: ['zstd', '-qc'],
    bz2: ['bzip2', '-c'],
    lzma: ['xz', '--format=lzma', '-c'],
    lz4: ['lz4', '-qc'],
  };
  const [program = '', ...args] = programs[form] ?? [];
  return form === 'gz' ? gzipSync(bytes) : execFileSync(program, args, { input: bytes });
}

function row(path: string, bytes: Buffer): string {
  return ` ${createHash('sha256').update(bytes).digest('hex')} ${bytes.length} ${path}`;
}

async function writeBelow(directory: string, path: string, bytes: Buffer): Promise<void> {
  const file = join(directory, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, bytes);
}
