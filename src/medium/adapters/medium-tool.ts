/**
 * `tool/` and `runtime/` of a medium: what may be run there.
 * Invariant: what is opened here was signed by a trusted key and is complete; contents are for the caller to read.
 */
import { join } from 'node:path';
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { runtimeDirectoryName, toolDirectoryName } from '../domain/medium-layout.ts';
import { rotationsDirectoryName } from '../../trust/domain/rotation.ts';
import {
  isRuntimeFileName,
  isRuntimeVersion,
  toolFileNames,
  versionFileName,
  versionText,
} from '../domain/medium-tool.ts';
import { entryExists, listDirectory } from '../../core/adapters/atomic-files.ts';
import { isRealDirectory } from '../../core/adapters/regular-file.ts';
import {
  openSignedDirectory,
  readSignedFile,
  type SignedDirectory,
} from '../../trust/adapters/signed-directory.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';

const maxVersionBytes = 65;

/**
 * Undefined where a medium has neither `tool/` nor what that is to vouch for.
 * @throws PommgrError `trust.*` and `integrity.*`
 */
export async function openTool(media: string, trusted: TrustedKeys): Promise<SignedDirectory | undefined> {
  const directory = join(media, toolDirectoryName);
  if (!(await entryExists(directory))) {
    // A launcher or a text that nothing vouches for is worse than none.
    for (const name of toolFileNames) if (await entryExists(join(media, name))) throw noTool(directory, name);
    return undefined;
  }
  return await openSignedDirectory(directory, {
    trusted,
    rotationsDirectory: join(media, rotationsDirectoryName),
    isName: (name) => toolFileNames.includes(name),
    namesFrom: media,
  });
}

/** Versions, sorted as text. @throws PommgrError `integrity.extra`, `integrity.file-type`. */
export async function listRuntimes(media: string): Promise<string[]> {
  const directory = join(media, runtimeDirectoryName);
  if (!(await entryExists(directory))) return [];
  if (!(await isRealDirectory(directory))) throw notADirectory(directory);
  const names = (await listDirectory(directory)).toSorted(compareText);
  const stranger = names.find((name) => !isRuntimeVersion(name));
  if (stranger !== undefined) throw notARuntime(join(directory, stranger));
  return names;
}

export function runtimeDirectory(media: string, version: string): string {
  return join(media, runtimeDirectoryName, version);
}

/** @throws PommgrError `trust.*` and `integrity.*`, `integrity.name` for a directory that was renamed. */
export async function openRuntime(
  { media, version }: { media: string; version: string },
  trusted: TrustedKeys,
): Promise<SignedDirectory> {
  const directory = runtimeDirectory(media, version);
  const signed = await openSignedDirectory(directory, {
    trusted,
    rotationsDirectory: join(media, rotationsDirectoryName),
    isName: isRuntimeFileName,
  });
  const found = signed.digests.has(versionFileName)
    ? (await readSignedFile(signed, versionFileName, maxVersionBytes)).toString('utf8')
    : '';
  if (found !== versionText(version)) throw otherVersion(directory, version, found);
  return signed;
}

const again = 'Run "pommgr pack" with this medium again on the online side.';

function noTool(directory: string, name: string): PommgrError {
  return new PommgrError('integrity.missing', `${directory} is missing, but ${name} is on the medium.`, {
    hints: [again, `Or remove ${toolFileNames.join(', ')}: bundles can be used without them.`],
    details: { file: directory },
  });
}

function notADirectory(directory: string): PommgrError {
  return new PommgrError('integrity.file-type', `${directory} is not a directory.`, {
    hints: [again],
    details: { file: directory },
  });
}

function notARuntime(path: string): PommgrError {
  return new PommgrError('integrity.extra', `${path} is not a runtime: its name is not a version.`, {
    hints: [
      'Find out who put it there. If it is harmless, remove it and run the same command again.',
      'What an interrupted "pommgr pack" left is removed when it is run again.',
    ],
    details: { file: path },
  });
}

function otherVersion(directory: string, expected: string, found: string): PommgrError {
  return new PommgrError(
    'integrity.name',
    `${directory} says that it is version ${JSON.stringify(found.trim())}, expected ${expected}.`,
    { hints: [`Somebody renamed the directory. ${again}`], details: { directory, expected, found } },
  );
}
