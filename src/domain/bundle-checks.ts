/** What the parts of a bundle say about each other must fit together; `directory` names the bundle in messages. */
import { baselineName } from './baseline.ts';
import { bundleDirectoryName, bundleFiles, type Bundle } from './bundle.ts';
import { compareText } from './canonical-json.ts';
import { PommgrError } from './errors.ts';
import { bundleFileName, rootFileName, type Root } from './sha256sums.ts';

/**
 * Exactly the files that the root covers, it and its signatures are in the directory.
 * @throws PommgrError `integrity.missing`, `integrity.extra`
 */
export function checkListing(found: readonly string[], expected: readonly string[], directory: string): void {
  const missing = expected.find((name) => !found.includes(name));
  if (missing !== undefined) {
    const file = `${directory}/${missing}`;
    throw new PommgrError('integrity.missing', `${file} is missing, but ${rootFileName} lists it.`, {
      hints: ['Copy the whole bundle again from the online side.'],
      details: { file },
    });
  }
  const extra = found.find((name) => !expected.includes(name));
  if (extra !== undefined) {
    const file = `${directory}/${extra}`;
    throw new PommgrError(
      'integrity.extra',
      `${file} does not belong to the bundle: ${rootFileName} does not list it.`,
      {
        hints: ['Find out who put it there. If it is harmless, remove it and run the same command again.'],
        details: { file },
      },
    );
  }
}

/**
 * The document describes the bundle that the directory is named for, and one of a kind that this version can read.
 * @throws PommgrError `config.unsupported`, `integrity.name`
 */
export function checkKindAndName(bundle: Bundle, name: string, directory: string): void {
  const file = `${directory}/${bundleFileName}`;
  if (bundle.base !== null) {
    throw new PommgrError(
      'config.unsupported',
      `${file} is of a kind that this pommgr cannot read: expected a full bundle.`,
      {
        hints: ['Use a newer pommgr, or pack a full bundle on the online side.'],
        details: { file, layout: bundle.layout, base: bundle.base },
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

/**
 * The files of the document are those of the root, with the same digests, and they fit its layout.
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

/** Volumes, or snapshots in the order of their mirrors, each mirror once; never both. */
function fitsLayout({ layout, volumes, snapshots }: Bundle): boolean {
  if (layout === 'volumes') return volumes.length > 0 && snapshots === undefined;
  const mirrors = (snapshots ?? []).map(({ mirror }) => mirror);
  const isSorted = mirrors.every(
    (mirror, index) => index === 0 || compareText(mirrors[index - 1] ?? '', mirror) < 0,
  );
  return volumes.length === 0 && mirrors.length > 0 && isSorted;
}
