/** Real Debian packages for fixtures. The same description gives the same bytes. */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { run } from '../../src/core/adapters/process.ts';
import { scratchDirectory } from './scratch.ts';

export interface PackageDescription {
  name: string;
  version: string;
  /** Default: `amd64`. */
  architecture?: string;
  /** Default: `misc`. */
  section?: string;
  /** The `Source` field; left out when not given. */
  source?: string;
  depends?: string;
  /** More control fields, e.g. `{ Essential: 'yes' }`. */
  fields?: Record<string, string>;
  /** Content by absolute path. Default: a README of its own. */
  files?: Record<string, string | Uint8Array>;
  /** Absolute paths of `files` that are configuration files. */
  conffiles?: string[];
  /** Maintainer scripts by name, `preinst`, `postinst`, …; each runs in sh. */
  scripts?: Record<string, string>;
  /** Other files of the control archive by name, as they are: `templates`, `triggers`, … */
  controlFiles?: Record<string, string>;
}

export interface FixtureFile {
  /** Name without a directory, as a repository's pool has it. */
  fileName: string;
  path: string;
  sizeBytes: number;
  sha256: string;
}

export interface BuiltPackage extends FixtureFile {
  name: string;
  version: string;
  architecture: string;
  /** Name of the source package, without a version. */
  source: string;
  /** The control paragraph, with no blank line at its end. */
  control: string;
}

export interface BuiltSource {
  name: string;
  version: string;
  /** The `.dsc` and the tar file. */
  files: FixtureFile[];
}

const sourceDateEpoch = '1735689600';

/** Builds a binary package with dpkg-deb; about 30 ms. */
export async function buildPackage(description: PackageDescription): Promise<BuiltPackage> {
  const scratch = await scratchDirectory();
  const tree = join(scratch, 'tree');
  const { name, version } = description;
  const architecture = description.architecture ?? 'amd64';
  const control = controlText(description, architecture);
  await writeTree(join(tree, 'DEBIAN', 'control'), `${control}\n`);
  if (description.conffiles !== undefined) {
    await writeTree(join(tree, 'DEBIAN', 'conffiles'), description.conffiles.map((p) => `${p}\n`).join(''));
  }
  const files = description.files ?? { [`/usr/share/doc/${name}/README`]: `${name} ${version}\n` };
  for (const [path, content] of Object.entries(files)) await writeTree(join(tree, path), content);
  const fileName = `${name}_${version.replace(/^\d+:/, '')}_${architecture}.deb`;
  const path = join(scratch, fileName);
  await run('chmod', ['-R', 'u=rwX,go=rX', tree]);
  for (const [file, text] of Object.entries(description.controlFiles ?? {}))
    await writeTree(join(tree, 'DEBIAN', file), text);
  for (const [script, text] of Object.entries(description.scripts ?? {})) {
    await writeTree(join(tree, 'DEBIAN', script), `#!/bin/sh\nset -e\n${text}\n`);
    await chmod(join(tree, 'DEBIAN', script), 0o755);
  }
  await run('dpkg-deb', ['--root-owner-group', '-Zgzip', '--build', tree, path], {
    env: { SOURCE_DATE_EPOCH: sourceDateEpoch },
  });
  const source = description.source?.split(' ')[0] ?? name;
  return { name, version, architecture, source, control, ...(await fixtureFile(path, fileName)) };
}

/** A package file that somebody else built. */
export async function describePackage(path: string): Promise<BuiltPackage> {
  const { stdout } = await run('dpkg-deb', ['--field', path]);
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}: (.*)$`, 'm').exec(stdout)?.[1]?.trim();
  const name = field('Package') ?? '';
  return {
    name,
    version: field('Version') ?? '',
    architecture: field('Architecture') ?? '',
    source: field('Source')?.split(' ')[0] ?? name,
    control: stdout.trimEnd(),
    ...(await fixtureFile(path, basename(path))),
  };
}

/** Builds a native source package: an unsigned `.dsc` and a tar file. */
export async function buildSource({
  name,
  version,
}: {
  name: string;
  version: string;
}): Promise<BuiltSource> {
  const scratch = await scratchDirectory();
  const tarName = `${name}_${version.replace(/^\d+:/, '')}.tar.gz`;
  await writeTree(join(scratch, name, 'README'), `${name} ${version}\n`);
  const reproducible = [
    `--mtime=@${sourceDateEpoch}`,
    '--sort=name',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
  ];
  const tarPath = join(scratch, tarName);
  await run('tar', [...reproducible, '--use-compress-program=gzip -n', '-C', scratch, '-cf', tarPath, name]);
  const tar = await fixtureFile(tarPath, tarName);
  const dscName = tarName.replace(/\.tar\.gz$/, '.dsc');
  const dsc = [
    'Format: 3.0 (native)',
    `Source: ${name}`,
    'Architecture: any',
    `Version: ${version}`,
    'Maintainer: Nobody <nobody@example.invalid>',
    `Checksums-Sha256:\n ${tar.sha256} ${tar.sizeBytes} ${tarName}`,
  ];
  await writeFile(join(scratch, dscName), `${dsc.join('\n')}\n`);
  return { name, version, files: [await fixtureFile(join(scratch, dscName), dscName), tar] };
}

function controlText(description: PackageDescription, architecture: string): string {
  const fields: Record<string, string | undefined> = {
    Package: description.name,
    Source: description.source,
    Version: description.version,
    Architecture: architecture,
    Maintainer: 'Nobody <nobody@example.invalid>',
    Depends: description.depends,
    Section: description.section ?? 'misc',
    Priority: 'optional',
    ...description.fields,
    Description: `fixture ${description.name}`,
  };
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => `${field}: ${value}`)
    .join('\n');
}

async function writeTree(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  await chmod(path, 0o644);
}

async function fixtureFile(path: string, fileName: string): Promise<FixtureFile> {
  const bytes = await readFile(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { fileName, path, sizeBytes: bytes.length, sha256 };
}
