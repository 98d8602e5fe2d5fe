/**
 * Checks `APT::Default-Release` in a host's apt.conf: it puts one release above all other pins, and makes apt fail
 * where no source has that release.
 */
import { join } from 'node:path';
import { runApt, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { fileOptions, type AptFiles } from '../../apt/adapters/apt.ts';
import { readAptFile } from '../../apt/adapters/source-files.ts';
import type { MirrorContent } from '../../mirror/domain/mirror-content.ts';
import { listDirectory } from '../../core/adapters/atomic-files.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';

export interface DefaultReleaseCheck {
  /** The sources and preferences that apt is about to see. */
  files: AptFiles;
  mirrors: readonly MirrorContent[];
  /** Whether the preferences hide packages that the mirrors list and the baseline lacks. */
  hides: boolean;
}

/**
 * Returns a sentence that names the setting; undefined where it is not set.
 * @throws PommgrError `config.default-release` where apt would fail with it, or would offer what the baseline lacks.
 */
export async function checkDefaultRelease(
  aptRoot: AptRoot,
  { files, mirrors, hides }: DefaultReleaseCheck,
): Promise<string | undefined> {
  const value = await defaultRelease(aptRoot);
  if (value === '') return undefined;
  const places = await placesOf(aptRoot);
  const setting = `APT::Default-Release is ${JSON.stringify(value)}${places.length === 0 ? '' : ` in ${places.join(' and ')}`}`;
  const { exitCode } = await runApt(
    aptRoot,
    ['apt-cache', 'policy', ...fileOptions(aptRoot, files)],
    [0, 100],
  );
  const found = [...new Set(mirrors.flatMap(({ suite, release }) => [suite, release.codename]))]
    .filter((name) => name !== '')
    .toSorted(compareText);
  if (exitCode !== 0) {
    throw refusal(`${setting}: apt fails with it, because no mirror of the baseline is that release.`, {
      value,
      found,
    });
  }
  if (hides) {
    throw refusal(
      `${setting}: with it, apt offers packages of that release that the baseline does not hold, past the preferences that hide them.`,
      { value, found },
    );
  }
  return `${setting}: apt prefers this release to the other mirrors of the baseline.`;
}

async function defaultRelease(aptRoot: AptRoot): Promise<string> {
  const { stdout } = await runApt(aptRoot, ['apt-config', 'shell', 'value', 'APT::Default-Release']);
  return /^value='(.*)'$/m.exec(stdout)?.[1] ?? '';
}

/** Returns the configuration files that set it outside comments, as the host's apt names them. */
async function placesOf(aptRoot: AptRoot): Promise<string[]> {
  const parts = '/etc/apt/apt.conf.d';
  const names = await listDirectory(join(aptRoot.root, parts));
  const places: string[] = [];
  for (const path of [
    '/etc/apt/apt.conf',
    ...names.toSorted(compareText).map((name) => `${parts}/${name}`),
  ]) {
    const text = await readAptFile(aptRoot, path);
    if (text !== undefined && /^[^\n/#]*Default-Release/im.test(text)) places.push(path);
  }
  return places;
}

function refusal(message: string, { value, found }: { value: string; found: string[] }): PommgrError {
  return new PommgrError('config.default-release', message, {
    hints: [
      'Delete that line, then run the same command again: a baseline has one release, and needs no preference.',
      `The baseline has ${found.join(', ')}.`,
      'The host sees the same sources as before.',
    ],
    details: { value, expected: found },
  });
}
