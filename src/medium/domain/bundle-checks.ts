/** Checks that the parts of a bundle agree with each other; `directory` names the bundle in messages. */
import { baselineName } from '../../core/domain/names.ts';
import { bundleDirectoryName, bundleFiles, type Bundle } from './bundle.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { bundleFileName, rootFileName, type Root } from '../../core/domain/sha256sums.ts';

/**
 * Checks that the document describes the bundle for which the directory is named; a base must be of the same track, and
 * older.
 * @throws PommgrError `integrity.name`, `integrity.base`
 */
export function checkNames(bundle: Bundle, name: string, directory: string): void {
  const file = `${directory}/${bundleFileName}`;
  if (bundle.base !== null && !isBaseOf(bundle.base.name, bundle)) {
    throw new PommgrError(
      'integrity.base',
      `${file} names the base ${bundle.base.name}, expected an older baseline of the track ${bundle.track}.`,
      {
        hints: ['Pack the baseline again on the online side.'],
        details: { file, track: bundle.track, sequence: bundle.sequence, base: bundle.base },
      },
    );
  }
  const found = bundleDirectoryName(bundle);
  const ofTrack = baselineName(bundle.track, bundle.sequence);
  if (name === found && bundle.baseline.name === ofTrack) return;
  throw new PommgrError(
    'integrity.name',
    `${file} describes the bundle ${found} of the baseline ${ofTrack}, expected ${name}.`,
    {
      hints: ["A bundle's directory must keep its name. Copy the whole bundle again from the online side."],
      details: { file, expected: name, found },
    },
  );
}

/** Returns whether a baseline of this name may be the base of a delta to the other. */
export function isBaseOf(base: string, { track, sequence }: { track: string; sequence: number }): boolean {
  const number = Number(base.slice(track.length + 1));
  return base === baselineName(track, number) && number < sequence;
}

/**
 * Checks that the files of the document are those of the manifest, with the same digests, and fit its layout.
 * @throws PommgrError `integrity.volumes`
 */
export function checkRootedFiles(bundle: Bundle, root: Root, directory: string): void {
  const expected = [...root.files].map(([file, sha256]) => `${sha256}  ${file}`);
  const found = bundleFiles(bundle).map(({ file, sha256 }) => `${sha256}  ${file}`);
  if (fitsLayout(bundle) && expected.join('\n') === found.join('\n')) return;
  throw new PommgrError(
    'integrity.volumes',
    `${directory}: ${rootFileName} and ${bundleFileName} do not list the same files.`,
    {
      hints: ['Pack the baseline again on the online side.'],
      details: { directory, expected, found },
    },
  );
}

/**
 * Returns whether a bundle has volumes, or snapshots in the order of their mirrors, each mirror once; never both. Only
 * volumes hold deltas and extras. Thin targets have a list.
 */
function fitsLayout({ layout, volumes, snapshots, base, extras, spread, ...bundle }: Bundle): boolean {
  const isThin = bundle.targets.some(({ closure }) => closure !== undefined);
  if (isThin !== (bundle.closure !== undefined)) return false;
  if (layout === 'volumes') return volumes.length > 0 && snapshots === undefined;
  if (spread !== undefined) return false;
  const mirrors = (snapshots ?? []).map(({ mirror }) => mirror);
  const isSorted = mirrors.every(
    (mirror, index) => index === 0 || compareText(mirrors[index - 1] ?? '', mirror) < 0,
  );
  return base === null && extras.length === 0 && volumes.length === 0 && mirrors.length > 0 && isSorted;
}
