/** Repositories with what vendors' real ones have: signed, each with one good package of a name of its own. */
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { BuiltPackage } from './packages.ts';
import type { QuirkyKeys } from './quirky-keys.ts';
import { digestSections, releaseHead, signRelease, writeBelow, type Row } from './quirky-release.ts';
import type { Quirks } from './quirks.ts';

export interface QuirkyRepository {
  quirks: Quirks;
  /** Name of its good package, and of its source. */
  name: string;
  directory: string;
  suite: string;
  components: string[];
  /** What its source asks for. */
  architectures: string[];
  hasSources: boolean;
  /** Value of Signed-By in a deb822 source. */
  signedBy: string;
}

export interface QuirkyAbout {
  number: number;
  package: BuiltPackage & Digests;
  bytes: Buffer;
  /** Of the files of its source. */
  sourceBytes: Buffer;
  keys: QuirkyKeys;
  now: Date;
}

export async function writeQuirkyRepository(
  directory: string,
  found: Quirks,
  about: QuirkyAbout,
): Promise<QuirkyRepository> {
  const name = `quirk${about.number}`;
  const isFlat = found.suite.endsWith('/');
  const component = found.components === 'with a slash' ? 'x/main' : 'main';
  const suiteDirectory = isFlat ? found.suite : `dists/${found.suite}/`;
  const filename = `${found.path}${name}.deb`;
  await writeBelow(directory, filename, about.bytes);
  const rows: Row[] = [];
  const publish = (path: string, text: string, options: IndexOptions = {}) =>
    writeIndex({ directory, suiteDirectory, path, text, rows, found }, options);
  const packages = packagesText(name, filename, { found, package: about.package });
  for (const path of isFlat ? ['Packages'] : indexPaths(found.index, component))
    await publish(path, packages);
  for (const path of isFlat ? [] : secondPaths(found.second)) await publish(path, '');
  const inside = isFlat ? '' : `${component}/`;
  if (found.translation !== 'none') {
    await publish(`${inside}${isFlat ? 'en' : 'i18n/Translation-en'}`, translationText(name), {
      isThere: found.translation !== 'not there',
      hasOtherDigest: found.translation === 'with another digest',
      listsPlain: found.translation !== 'without its plain name',
    });
  }
  if (found.sources !== 'none' && found.sources !== 'unlisted') {
    const text = sourcesText(name, about.sourceBytes, found.sources === 'with another digest');
    await publish(`${inside}${isFlat ? '' : 'source/'}Sources`, text, {
      isThere: found.sources !== 'not there',
    });
  }
  for (const file of sourceFiles(name)) await writeBelow(directory, file, about.sourceBytes);
  const lines = [...releaseHead(found, about.now), ...digestSections(rows, found.releaseDigests)];
  await signRelease(
    join(directory, suiteDirectory),
    lines.map((line) => line + found.releaseLineEnds).join(''),
    {
      found,
      keys: about.keys,
    },
  );
  return {
    quirks: found,
    name,
    directory,
    suite: found.suite,
    components: isFlat ? [] : [component, ...(found.second.includes('component') ? ['extra'] : [])],
    architectures: ['amd64', ...(found.second.startsWith('i386') ? ['i386'] : [])],
    hasSources: found.sources !== 'none',
    signedBy: about.keys.signedBy(found.key, found.keyring),
  };
}

/** Names of the files of a repository's source package. */
export function sourceFiles(name: string): string[] {
  return [`source/${name}_1.0.dsc`, `source/${name}_1.0.tar.gz`];
}

interface IndexOptions {
  isThere?: boolean;
  hasOtherDigest?: boolean;
  listsPlain?: boolean;
}

/** An index in the forms of the repository, and what Release is to say of it. */
async function writeIndex(
  index: {
    directory: string;
    suiteDirectory: string;
    path: string;
    text: string;
    rows: Row[];
    found: Quirks;
  },
  { isThere = true, hasOtherDigest = false, listsPlain = index.found.listsPlain }: IndexOptions,
): Promise<void> {
  const { directory, suiteDirectory, path, text, rows, found } = index;
  const bytes = Buffer.from(text);
  const put = async (file: string, content: Buffer): Promise<void> => {
    rows.push({
      path: file,
      bytes: hasOtherDigest ? Buffer.concat([content.subarray(1), Buffer.from('x')]) : content,
    });
    if (!isThere) return;
    const place = `${suiteDirectory}${file}`;
    // As apt asks for it: by the strongest digest.
    const strongest = found.releaseDigests === 'and SHA512' ? 'SHA512' : 'SHA256';
    const digest = createHash(strongest.toLowerCase()).update(content).digest('hex');
    const byHash = `${dirname(place)}/by-hash/${strongest}/${digest}`;
    if (found.byHash !== 'alone') await writeBelow(directory, place, content);
    if (found.byHash === 'alone' || found.byHash === 'beside the names')
      await writeBelow(directory, byHash, content);
  };
  if (listsPlain)
    rows.push({ path, bytes: hasOtherDigest ? Buffer.concat([bytes.subarray(1), Buffer.from('x')]) : bytes });
  for (const form of found.forms) {
    if (form !== 'plain') {
      await put(`${path}.${form}`, Buffer.concat([pack(form, bytes, found.xz), Buffer.from(found.tail)]));
    } else if (listsPlain) {
      rows.splice(
        rows.findIndex((row) => row.path === path),
        1,
      );
      await put(path, bytes);
    }
  }
}

function packagesText(
  name: string,
  filename: string,
  { found, package: built }: { found: Quirks; package: BuiltPackage & Digests },
): string {
  const stanza = (who: string, changes: readonly string[]): string => {
    const lines = [
      `Package: ${who}`,
      'Version: 1.0',
      'Architecture: amd64',
      'Maintainer: A <a@example.invalid>',
      `Filename: ${filename}`,
      `Size: ${built.sizeBytes}`,
      ...packageDigests(built, found.digests),
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

function packageDigests(
  { md5, sha1, sha256, sha512 }: BuiltPackage & Digests,
  kind: Quirks['digests'],
): string[] {
  const wrong = (digest: string): string => (digest.startsWith('0') ? '1' : '0') + digest.slice(1);
  const lines: Record<Quirks['digests'], string[]> = {
    SHA256: [`SHA256: ${sha256}`],
    'and SHA512': [`SHA256: ${sha256}`, `SHA512: ${sha512}`],
    'and MD5sum': [`MD5sum: ${md5}`, `SHA1: ${sha1}`, `SHA256: ${sha256}`],
    'and a wrong SHA512': [`SHA256: ${sha256}`, `SHA512: ${wrong(sha512)}`],
    'and a wrong MD5sum': [`MD5sum: ${wrong(md5)}`, `SHA256: ${sha256}`],
    'and a wrong SHA1': [`SHA1: ${wrong(sha1)}`, `SHA256: ${sha256}`],
    'a wrong SHA256': [`SHA256: ${wrong(sha256)}`],
    'SHA512 alone': [`SHA512: ${sha512}`],
    'MD5sum alone': [`MD5sum: ${md5}`],
    'in capitals': [`SHA256: ${sha256.toUpperCase()}`],
  };
  return lines[kind];
}

export interface Digests {
  md5: string;
  sha1: string;
  sha256: string;
  sha512: string;
}

function translationText(name: string): string {
  return `Package: ${name}\nDescription-md5: ${createHash('md5').update('x\n').digest('hex')}\nDescription-en: x\n`;
}

function sourcesText(name: string, bytes: Buffer, isWrong: boolean): string {
  const sha256 = createHash('sha256')
    .update(isWrong ? 'other' : bytes)
    .digest('hex');
  const rows = sourceFiles(name).map((file) => ` ${sha256} ${bytes.length} ${file.slice('source/'.length)}`);
  return [
    `Package: ${name}`,
    `Binary: ${name}`,
    'Version: 1.0',
    'Architecture: any',
    'Format: 3.0 (native)',
    'Directory: source',
    'Checksums-Sha256:',
    ...rows,
    '',
  ].join('\n');
}

function indexPaths(index: Quirks['index'], component: string): string[] {
  const architectures = index === 'both' ? ['amd64', 'all'] : [index];
  return architectures.map((architecture) => `${component}/binary-${architecture}/Packages`);
}

function secondPaths(second: Quirks['second']): string[] {
  if (second === 'a component' || second === 'an empty component') return ['extra/binary-amd64/Packages'];
  return second === 'i386' ? ['main/binary-i386/Packages'] : [];
}

function pack(form: string, bytes: Buffer, xz: Quirks['xz']): Buffer {
  if (form === 'gz') return gzipSync(bytes);
  if (form === 'xz' && xz === 'two streams') {
    const half = bytes.length >> 1;
    return Buffer.concat([pack(form, bytes.subarray(0, half), ''), pack(form, bytes.subarray(half), '')]);
  }
  const options = xz === '' ? [] : /^--(?:x86|delta)/.test(xz) ? [xz, '--lzma2'] : [xz];
  const programs: Record<string, string[]> = {
    xz: ['xz', '-c', ...options],
    zst: ['zstd', '-qc'],
    bz2: ['bzip2', '-c'],
    lzma: ['xz', '--format=lzma', '-c'],
    lz4: ['lz4', '-qc'],
  };
  const [program = '', ...args] = programs[form] ?? [];
  return execFileSync(program, args, { input: bytes });
}
