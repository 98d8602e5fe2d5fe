/**
 * Stores the online side's baselines:
 * `<stateDir>/baselines/<name>/{baseline.json,packages.jsonl,keyrings/<mirror>.gpg}`. Invariant: a directory under its
 * final name is complete; work in progress ends in `.tmp`.
 */
import { digestMismatch } from '../../core/domain/mismatch.ts';
import { join } from 'node:path';
import { withDir } from 'tmp-promise';
import { baselineDigest, baselineSchema, type Baseline } from '../domain/baseline.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { parseDocument, type DocumentKind } from '../../core/domain/document.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { listDirectory, makeDirectory, removeDurably } from '../../core/adapters/atomic-files.ts';
import { isAbsent } from '../../core/adapters/system-error.ts';
import { readJsonFile } from '../../core/adapters/json-file.ts';

export const baselineFileName = 'baseline.json';
export const packagesFileName = 'packages.jsonl';

const baselineKind: DocumentKind<Baseline> = { noun: 'baseline', schema: baselineSchema };

export function baselinesDirectory(stateDir: string): string {
  return join(stateDir, 'baselines');
}

export function baselineDirectory(stateDir: string, name: string): string {
  return join(baselinesDirectory(stateDir), name);
}

/** Where a baseline's keyring of a mirror lies, relative to the baseline's directory; the same in a store. */
export function keyringPath(mirror: string): string {
  return `keyrings/${mirror}.gpg`;
}

/** All baselines, by track and then sequence. */
export async function listBaselines(stateDir: string): Promise<Baseline[]> {
  const names = await listDirectory(baselinesDirectory(stateDir));
  const baselines: Baseline[] = [];
  for (const name of names.filter((entry) => !entry.startsWith('.') && !entry.endsWith('.tmp'))) {
    baselines.push(await readBaselineFile(baselineDirectory(stateDir, name)));
  }
  return baselines.toSorted((a, b) => compareText(a.track, b.track) || a.sequence - b.sequence);
}

/** The newest baseline of a track, or undefined when it has none. */
export async function latestBaseline(stateDir: string, track: string): Promise<Baseline | undefined> {
  return (await listBaselines(stateDir)).findLast((baseline) => baseline.track === track);
}

/** @throws PommgrError `config.baseline` when there is no baseline of that name. */
export async function readBaseline(stateDir: string, name: string): Promise<Baseline> {
  try {
    return await readBaselineFile(baselineDirectory(stateDir, name));
  } catch (error) {
    if (!isAbsent(error)) throw error;
    const names = (await listBaselines(stateDir)).map((baseline) => baseline.name);
    throw new PommgrError(
      'config.baseline',
      `There is no baseline ${name} in ${baselinesDirectory(stateDir)}.`,
      {
        hints: [
          names.length === 0
            ? 'There is none yet: "pommgr snapshot" makes the first.'
            : `There are: ${names.slice(-10).join(', ')}. "pommgr baseline list" shows all.`,
        ],
        details: { name },
      },
    );
  }
}

/** The baseline in a directory, whatever the directory's name. */
export async function readBaselineFile(directory: string): Promise<Baseline> {
  const path = join(directory, baselineFileName);
  return checkDigest(await readJsonFile(path, baselineKind), path);
}

/** Parses baseline.json from bytes that were verified already, as from a medium. */
export function parseBaseline(text: string, where: string): Baseline {
  return checkDigest(parseDocument(text, baselineKind, where), where);
}

function checkDigest(baseline: Baseline, where: string): Baseline {
  const digest = baselineDigest(baseline.content);
  if (digest === baseline.digest) return baseline;
  throw digestMismatch(where, {
    what: 'digest of "content"',
    ...{ expected: baseline.digest, found: digest },
    hints: ['The file was changed after it was made. Take it from a copy, or make a new baseline.'],
  });
}

/** Runs `work` with a directory of its own: below the baselines, or a temporary one where nothing may be changed. */
export async function withWorkDirectory<T>(
  stateDir: string | undefined,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  if (stateDir === undefined)
    return withDir(({ path }) => work(path), { prefix: 'pommgr-', unsafeCleanup: true });
  const directory = join(baselinesDirectory(stateDir), '.work');
  await removeDurably(directory);
  await makeDirectory(directory);
  try {
    return await work(directory);
  } finally {
    await removeDurably(directory);
  }
}
