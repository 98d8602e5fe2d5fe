/** The texts of a fixture repository's indices: `Packages`, `Sources`, `Translation-en`, and its pool. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { BuiltPackage, BuiltSource } from './packages.ts';
import type { RepositoryOptions } from './repository.ts';

interface Indices {
  /** Uncompressed, paths relative to the suite's directory. */
  texts: { path: string; text: string }[];
  pool: { from: string; to: string }[];
  filenames: Record<string, string>;
}

/** What a repository with these options holds beside its Release. */
export function indexFiles(options: RepositoryOptions): Indices {
  const indices: Indices = { texts: [], pool: [], filenames: {} };
  for (const [component, packages] of Object.entries(options.components)) {
    addPackages(indices, component, { packages, options });
  }
  for (const [component, sources] of Object.entries(options.sources ?? {})) {
    addSources(indices, component, sources);
  }
  return indices;
}

function addPackages(
  indices: Indices,
  component: string,
  { packages, options }: { packages: readonly BuiltPackage[]; options: RepositoryOptions },
): void {
  for (const built of packages) {
    const to = poolPath(component, built.source, built.fileName);
    indices.pool.push({ from: built.path, to });
    indices.filenames[`${built.name}_${built.version}_${built.architecture}`] = to;
  }
  const all = options.architectureAll ?? 'merged';
  const architectures = options.architectures ?? ['amd64'];
  for (const architecture of all === 'merged' ? architectures : [...architectures, 'all']) {
    const listed = packages.filter(
      (built) => built.architecture === architecture || (built.architecture === 'all' && all !== 'separate'),
    );
    const text = listed.map((built) => packageStanza(component, built, options)).join('');
    indices.texts.push({ path: `${component}/binary-${architecture}/Packages`, text });
  }
  if (options.translation === true) {
    const text = packages.map((built) => translationStanza(built)).join('');
    indices.texts.push({ path: `${component}/i18n/Translation-en`, text });
  }
}

function addSources(indices: Indices, component: string, sources: readonly BuiltSource[]): void {
  let text = '';
  for (const source of sources) {
    const directory = poolPath(component, source.name, '').slice(0, -1);
    for (const file of source.files)
      indices.pool.push({ from: file.path, to: `${directory}/${file.fileName}` });
    text += [
      `Package: ${source.name}`,
      'Format: 3.0 (native)',
      `Version: ${source.version}`,
      'Architecture: any',
      `Directory: ${directory}`,
      'Checksums-Sha256:',
      ...source.files.map((file) => ` ${file.sha256} ${file.sizeBytes} ${file.fileName}`),
      '\n',
    ].join('\n');
  }
  indices.texts.push({ path: `${component}/source/Sources`, text });
}

function packageStanza(component: string, built: BuiltPackage, options: RepositoryOptions): string {
  return [
    built.control,
    `Description-md5: ${descriptionDigest(built)}`,
    `Filename: ${poolPath(component, built.source, built.fileName)}`,
    `Size: ${built.sizeBytes}`,
    `SHA256: ${built.sha256}`,
    ...(options.digests?.includes('SHA512') === true ? [`SHA512: ${sha512Of(built)}`] : []),
    '\n',
  ].join('\n');
}

function sha512Of(built: BuiltPackage): string {
  return createHash('sha512').update(readFileSync(built.path)).digest('hex');
}

function translationStanza(built: BuiltPackage): string {
  const lines = [
    `Package: ${built.name}`,
    `Description-md5: ${descriptionDigest(built)}`,
    `Description-en: fixture ${built.name}`,
  ];
  return `${lines.join('\n')}\n\n`;
}

function descriptionDigest(built: BuiltPackage): string {
  return createHash('md5').update(`fixture ${built.name}\n`).digest('hex');
}

function poolPath(component: string, source: string, fileName: string): string {
  return `pool/${component}/${source.startsWith('lib') ? source.slice(0, 4) : source.slice(0, 1)}/${source}/${fileName}`;
}
