/** Repositories of made-up packages, of any number and size, with indices like Debian's. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { signInline, type SigningIdentity } from '../support/gpg.ts';

export interface SyntheticSuite {
  /** Where `dists/` and `pool/` go. */
  directory: string;
  signer: SigningIdentity;
  packageCount: number;
  /** Bytes of package `number`. */
  content: (number: number) => Buffer;
  /** A hundredth of the versions depend on it. */
  state: number;
}

const date = new Date('2025-06-01T00:00:00Z');

export function poolFile(number: number): string {
  return `pool/file-${number}.deb`;
}

/** The package files; a suite of another state has the same. */
export async function writePool({ directory, packageCount, content }: SyntheticSuite): Promise<void> {
  await mkdir(join(directory, 'pool'), { recursive: true });
  for (let number = 0; number < packageCount; number++) {
    await writeFile(join(directory, poolFile(number)), content(number));
  }
}

/** Suite `stable`, component `main`, architecture `amd64`; about 900 bytes a stanza. */
export async function writeSuite({
  directory,
  signer,
  packageCount,
  content,
  state,
}: SyntheticSuite): Promise<void> {
  const stanzas: string[] = [];
  for (let number = 0; number < packageCount; number++) {
    stanzas.push(stanza(number, { data: content(number), state: number % 100 === 0 ? state : 1 }));
  }
  const plain = Buffer.from(stanzas.join('\n'));
  const packed = gzipSync(plain);
  const suite = join(directory, 'dists/stable');
  await mkdir(join(suite, 'main/binary-amd64'), { recursive: true });
  await writeFile(join(suite, 'main/binary-amd64/Packages.gz'), packed);
  const files = [
    { path: 'main/binary-amd64/Packages', data: plain },
    { path: 'main/binary-amd64/Packages.gz', data: packed },
  ];
  const release = [
    'Origin: Bench',
    'Label: Bench',
    'Suite: stable',
    'Codename: stable',
    `Date: ${date.toUTCString().replace('GMT', 'UTC')}`,
    'Architectures: amd64',
    'No-Support-for-Architecture-all: Packages',
    'Components: main',
    'SHA256:',
    ...files.map(({ path, data }) => ` ${hexDigest('sha256', data)} ${data.length} ${path}`),
    '',
  ].join('\n');
  // For those that take no InRelease.
  await writeFile(join(suite, 'Release'), release);
  await writeFile(join(suite, 'InRelease'), await signInline(release, [signer], { signedAt: date }));
}

function stanza(number: number, { data, state }: { data: Buffer; state: number }): string {
  const name = `package-${String(number).padStart(6, '0')}`;
  return [
    `Package: ${name}`,
    `Source: source-${number % 30_000}`,
    `Version: ${number % 3}:${number % 17}.${state}.${number % 101}+dfsg-${(number % 9) + 1}+deb13u1`,
    'Installed-Size: 12345',
    'Maintainer: Somebody with a Long Name <somebody-with-a-long-name@lists.example.org>',
    'Architecture: amd64',
    `Depends: libc6 (>= 2.38), libgcc-s1 (>= 3.0), libstdc++6 (>= 13.1), package-${number % 777}, package-${number % 333} (>= 1.2.3)`,
    'Description: a package with a description of a common length, to have lines',
    'Homepage: https://www.example.org/a/rather/long/path/to/a/project/',
    `Description-md5: ${hexDigest('md5', name)}`,
    'Tag: implemented-in::c, interface::commandline, role::program, scope::utility,',
    ' use::converting, works-with::archive, works-with::file, admin::package-management',
    'Section: utils',
    'Priority: optional',
    `Filename: ${poolFile(number)}`,
    `Size: ${data.length}`,
    `MD5sum: ${hexDigest('md5', data)}`,
    `SHA256: ${hexDigest('sha256', data)}`,
    '',
  ].join('\n');
}

/** A config with the suite as its one mirror. */
export function configText(uri: string, { signer }: SyntheticSuite): string {
  return `schema: pommgr/config/v1
track: bench
engine: builtin
mirrors:
  - id: bench-main
    uri: ${uri}
    suite: stable
    components: [main]
    keyring: ${signer.binaryKeyring}
targets:
  - name: bench
    mirrors: [bench-main]
    products: [debian]
    codename: stable
`;
}

function hexDigest(algorithm: string, data: string | Buffer): string {
  return createHash(algorithm).update(data).digest('hex');
}
