/** A small online side with one baseline: two mirrors, some packages of made-up bytes, a config and a signing key. */
import { createHash } from 'node:crypto';
import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  baselineDirectory,
  keyringPath,
  packagesFileName,
} from '../../src/baseline/adapters/baseline-files.ts';
import { writeJsonFile } from '../../src/core/adapters/json-file.ts';
import { writePackageList } from '../../src/mirror/adapters/package-list-file.ts';
import { createSigningKey } from '../../src/trust/adapters/signing.ts';
import { baselineDigest, type Baseline, type BaselineContent } from '../../src/baseline/domain/baseline.ts';
import { baselineName } from '../../src/core/domain/names.ts';
import { sha256Hex, type FileFact } from '../../src/core/domain/digest.ts';
import { noFilters } from '../../src/config/domain/mirror.ts';
import type { PackageEntry } from '../../src/apt/domain/package-entry.ts';
import { sortPackages } from '../../src/apt/domain/package-list.ts';
import type { SigningPublicKey } from '../../src/trust/domain/signing-key.ts';
import { scratchDirectory } from './scratch.ts';

export interface OnlineSide {
  directory: string;
  configFile: string;
  baseDir: string;
  stateDir: string;
  /** An empty directory. */
  media: string;
  baseline: Baseline;
  packages: PackageEntry[];
  privateKeyFile: string;
  publicKeyFile: string;
  key: SigningPublicKey;
}

export interface OnlineSideOptions {
  sequence?: number;
  /** Bytes of each package file of the first mirror. */
  packageSizes?: readonly number[];
  /** More package files of the first mirror, of zeros that take no space: their sizes, each larger than the one before. */
  sparseSizes?: readonly number[];
}

const snapshot = '2026-11-01T00:00:00Z';

export async function createOnlineSide(options: OnlineSideOptions = {}): Promise<OnlineSide> {
  const directory = await scratchDirectory();
  const at = (name: string): string => join(directory, name);
  await mkdir(at('media'));
  await writeFile(at('pommgr.yaml'), configText);
  const key = await createSigningKey(at('signing-key.pem'));
  await writeFile(at('signing-key.pub.pem'), key.pem);
  const { baseline, packages } = await writeBaselineFiles(directory, options);
  return {
    directory,
    configFile: at('pommgr.yaml'),
    baseDir: at('mirror'),
    stateDir: at('state'),
    media: at('media'),
    baseline,
    packages,
    privateKeyFile: at('signing-key.pem'),
    publicKeyFile: at('signing-key.pub.pem'),
    key,
  };
}

const configText = `schema: pommgr/config/v1
track: site
mirrors:
  - { id: base, uri: "http://localhost/base", suite: stable, components: [main], keyring: ./base.gpg }
  - { id: extra, uri: "http://localhost/extra", suite: stable, components: [main], keyring: ./extra.gpg }
`;

async function writeBaselineFiles(
  directory: string,
  {
    sequence = 1,
    packageSizes = [0, 1, 511, 512, 513, 70_000, 300_000],
    sparseSizes = [],
  }: OnlineSideOptions,
): Promise<{ baseline: Baseline; packages: PackageEntry[] }> {
  const target = baselineDirectory(join(directory, 'state'), baselineName('site', sequence));
  await mkdir(join(target, 'keyrings'), { recursive: true });
  const base = await writeSnapshot(directory, 'base', packageSizes);
  base.packages.push(...(await writeSparsePackages(directory, sparseSizes)));
  // One package of the second mirror has the bytes of one of the first: they are one object.
  const extra = await writeSnapshot(directory, 'extra', [513, 4000], 'base-4');
  const packages = sortPackages([...base.packages, ...extra.packages]);
  const content: BaselineContent = {
    mirrors: [await mirrorContent(directory, base), await mirrorContent(directory, extra)],
    targets: [
      {
        name: 'debian-stable',
        mirrors: ['base', 'extra'],
        products: ['debian'],
        codename: 'stable',
        architectures: ['amd64'],
        notAutomatic: [],
      },
    ],
  };
  const list = await writePackageList(join(target, packagesFileName), packages);
  const snapshots = [base, extra].map(({ mirror, files }) => {
    const keyring = madeUpBytes(`${mirror}-keyring`, 1200);
    return {
      mirror,
      snapshot,
      uri: `http://localhost/${mirror}`,
      signers: ['A'.repeat(40)],
      keyring: { sizeBytes: keyring.length, sha256: sha256Hex(keyring) },
      files,
    };
  });
  for (const { mirror } of snapshots) {
    await writeFile(join(target, keyringPath(mirror)), madeUpBytes(`${mirror}-keyring`, 1200));
  }
  const baseline: Baseline = {
    schema: 'pommgr/baseline/v1',
    name: baselineName('site', sequence),
    track: 'site',
    sequence,
    created: '2026-11-01T00:00:01Z',
    digest: baselineDigest(content),
    tool: { name: 'pommgr', version: '0.1.0' },
    engine: { name: 'builtin', version: '0.1.0' },
    content,
    packages: { sizeBytes: list.sizeBytes, sha256: list.sha256 },
    snapshots,
  };
  await writeJsonFile(join(target, 'baseline.json'), baseline);
  return { baseline, packages };
}

interface MadeSnapshot {
  mirror: string;
  files: FileFact[];
  packages: PackageEntry[];
}

async function writeSnapshot(
  directory: string,
  mirror: string,
  sizes: readonly number[],
  firstSeed = `${mirror}-0`,
): Promise<MadeSnapshot> {
  const top = join(directory, 'mirror', mirror, snapshot);
  async function put(path: string, data: Uint8Array): Promise<FileFact> {
    await mkdir(dirname(join(top, path)), { recursive: true });
    await writeFile(join(top, path), data);
    return { path, sizeBytes: data.length, sha256: sha256Hex(data) };
  }
  const files: FileFact[] = [];
  for (const name of [
    'InRelease',
    'main/binary-amd64/Packages',
    'main/binary-amd64/Packages.gz',
    'main/binary-amd64/Packages.xz',
  ]) {
    files.push(await put(`dists/stable/${name}`, madeUpBytes(`${mirror}-${name}`, 900)));
  }
  const packages: PackageEntry[] = [];
  for (const [index, size] of sizes.entries()) {
    const name = `${mirror}-package-${index}`;
    const data = madeUpBytes(index === 0 ? firstSeed : `${mirror}-${index}`, size);
    const { path, sizeBytes, sha256 } = await put(`pool/main/${name}_1.0_amd64.deb`, data);
    packages.push({
      mirror,
      component: 'main',
      name,
      version: '1.0',
      architecture: 'amd64',
      source: name,
      filename: path,
      sizeBytes,
      sha256,
    });
  }
  return { mirror, files, packages };
}

async function writeSparsePackages(directory: string, sizes: readonly number[]): Promise<PackageEntry[]> {
  const hash = createHash('sha256');
  const zeros = Buffer.alloc(1024 * 1024);
  let hashed = 0;
  const packages: PackageEntry[] = [];
  for (const sizeBytes of sizes) {
    for (; hashed < sizeBytes; hashed += Math.min(zeros.length, sizeBytes - hashed)) {
      hash.update(zeros.subarray(0, sizeBytes - hashed));
    }
    const name = `sparse-${sizeBytes}`;
    const filename = `pool/main/${name}_1.0_amd64.deb`;
    const path = join(directory, 'mirror/base', snapshot, filename);
    await writeFile(path, '');
    await truncate(path, sizeBytes);
    packages.push({
      ...{ mirror: 'base', component: 'main', name, version: '1.0', architecture: 'amd64', source: name },
      ...{ filename, sizeBytes, sha256: hash.copy().digest('hex') },
    });
  }
  return packages;
}

async function mirrorContent(directory: string, { mirror, packages }: MadeSnapshot) {
  const part = await writePackageList(join(directory, `${mirror}.part`), sortPackages(packages));
  return {
    id: mirror,
    types: ['deb' as const],
    suite: 'stable',
    components: ['main'],
    architectures: ['amd64'],
    filters: noFilters,
    release: {
      sha256: sha256Hex(mirror),
      origin: 'Test',
      label: 'Test',
      codename: 'stable',
      date: snapshot,
      notAutomatic: false,
      butAutomaticUpgrades: false,
    },
    indices: [],
    packages: { ...part, omitted: 0 },
  };
}

/** The same bytes for the same seed. */
function madeUpBytes(seed: string, size: number): Buffer {
  return createHash('shake256', { outputLength: Math.max(size, 1) })
    .update(seed)
    .digest()
    .subarray(0, size);
}
