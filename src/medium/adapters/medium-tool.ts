/**
 * Opens `tool/` and `runtime/` of a medium, the programs that may be run there. Invariant: what is opened here was
 * signed by a trusted key and is complete; the caller reads the contents.
 */
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { runtimeDirectoryName, toolDirectoryName } from '../domain/medium-layout.ts';
import { rotationsDirectoryName } from '../../trust/domain/rotation.ts';
import {
  isRuntimeFileName,
  isRuntimeVersion,
  neededRuntimeFiles,
  toolFileNames,
  topFileNames,
} from '../domain/medium-tool.ts';
import { kindAt, namesAt } from '../../core/adapters/files-at.ts';
import { below, pathOf, topPlace, type Place } from '../../core/domain/place.ts';
import {
  openSignedDirectory,
  type SignedDirectory,
  type SignedPlace,
} from '../../trust/adapters/signed-directory.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';

/** Each one is checked in full; a medium that pommgr wrote has a few. */
const maxRuntimes = 32;

export function toolPlace(media: string): SignedPlace {
  return { kind: 'tool', directory: below(topPlace(media), toolDirectoryName), namesFrom: 'parent' };
}

export function runtimePlace(media: string, version: string): SignedPlace {
  return { kind: 'runtime', directory: below(topPlace(media), runtimeDirectoryName, version) };
}

/**
 * Returns undefined where a medium has neither `tool/` nor the files that it vouches for.
 * @throws PommgrError `trust.*` and `integrity.*`
 */
export async function openTool(media: string, trusted: TrustedKeys): Promise<SignedDirectory | undefined> {
  const place = toolPlace(media);
  if ((await kindAt(place.directory)) === undefined) {
    // A launcher or a text that nothing vouches for is worse than none.
    for (const name of topFileNames) {
      if ((await kindAt(below(topPlace(media), name))) !== undefined) throw noTool(place.directory, name);
    }
    return undefined;
  }
  return await openSignedDirectory(place, {
    trusted,
    rotations: rotationsPlace(media),
    isName: (name) => toolFileNames.includes(name),
    needed: () => toolFileNames,
  });
}

/** Returns versions, sorted as text. @throws PommgrError `integrity.extra`, `integrity.file-type`. */
export async function listRuntimes(media: string): Promise<string[]> {
  const directory = below(topPlace(media), runtimeDirectoryName);
  const names = (await namesAt(directory)).toSorted(compareText);
  if (names.length > maxRuntimes) throw tooManyRuntimes(pathOf(directory), names.length);
  const stranger = names.find((name) => !isRuntimeVersion(name));
  if (stranger !== undefined) throw notARuntime(pathOf(below(directory, stranger)));
  return names;
}

/** Returns the path for messages and reports. */
export function runtimeDirectory(media: string, version: string): string {
  return pathOf(runtimePlace(media, version).directory);
}

/** @throws PommgrError `trust.*` and `integrity.*` */
export async function openRuntime(
  { media, version }: { media: string; version: string },
  trusted: TrustedKeys,
): Promise<SignedDirectory> {
  return await openSignedDirectory(runtimePlace(media, version), {
    trusted,
    rotations: rotationsPlace(media),
    isName: isRuntimeFileName,
    needed: neededRuntimeFiles,
  });
}

function rotationsPlace(media: string): Place {
  return below(topPlace(media), rotationsDirectoryName);
}

const again = 'Run "pommgr pack" with this medium again on the online side.';

function noTool(place: Place, name: string): PommgrError {
  const directory = pathOf(place);
  return new PommgrError('integrity.missing', `${directory} is missing, but ${name} is on the medium.`, {
    hints: [again, `Or remove ${topFileNames.join(', ')}: bundles can be used without them.`],
    details: { file: directory },
  });
}

function tooManyRuntimes(directory: string, found: number): PommgrError {
  return new PommgrError(
    'integrity.extra',
    `${directory} has ${found} entries, expected at most ${maxRuntimes}.`,
    {
      hints: [
        'Remove the runtimes that no host needs any more: "pommgr pack" writes that of its own version.',
      ],
      details: { directory, expected: maxRuntimes, found },
    },
  );
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
