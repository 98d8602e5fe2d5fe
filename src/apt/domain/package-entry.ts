/**
 * Describes one package file of one mirror, a line of `packages.jsonl`. Names, versions and architectures are used in
 * file paths and apt's preferences, so only Debian's syntax is accepted.
 */
import { z } from 'zod';
import {
  isSafeRelativePath,
  relativePathSchema,
  sha256Pattern,
  sha256Schema,
} from '../../core/domain/digest.ts';
import { mirrorIdPattern, mirrorIdSchema } from '../../core/domain/names.ts';

/** What dpkg accepts as a package's name; Debian Policy 5.6.7 asks for less. */
export const packageNamePattern = /^[A-Za-z0-9][A-Za-z0-9+._-]*$/;
/** Debian Policy 5.6.12: colons only after an epoch, and no empty revision. */
export const packageVersionPattern =
  /^(?:[0-9]+:[A-Za-z0-9][A-Za-z0-9.+~:-]*|[A-Za-z0-9][A-Za-z0-9.+~-]*)(?<![:-])$/;
/** A Debian architecture, `all`, or `source`. */
export const packageArchitecturePattern = /^[a-z0-9][a-z0-9-]*$/;
/** The package's own name or another, perhaps with a version. */
export const packageSourcePattern = /^[A-Za-z0-9][A-Za-z0-9+._-]*(?: \([A-Za-z0-9.+~:-]+\))?$/;

export const packageEntrySchema = z.strictObject({
  mirror: mirrorIdSchema,
  component: z.string(),
  name: z.string().regex(packageNamePattern, 'expected the name of a Debian package'),
  version: z.string().regex(packageVersionPattern, 'expected the version of a Debian package'),
  /** `source` for a file of a source package. */
  architecture: z.string().regex(packageArchitecturePattern, 'expected a Debian architecture'),
  /** The `Source` field as upstream writes it, or the package's own name. */
  source: z.string().regex(packageSourcePattern, 'expected the name of a source package'),
  /** Relative to the repository's base, as upstream's `Filename`. */
  filename: relativePathSchema,
  sizeBytes: z.int().nonnegative(),
  sha256: sha256Schema,
});
export type PackageEntry = z.infer<typeof packageEntrySchema>;

/**
 * Returns whether the schema accepts an object whose members are known to have the right types. It is for lists of
 * 70,000 entries, where the schema would take most of the time. A test compares the two.
 */
export function isPackageEntry(entry: PackageEntry): boolean {
  return (
    packageArchitecturePattern.test(entry.architecture) &&
    isSafeRelativePath(entry.filename) &&
    mirrorIdPattern.test(entry.mirror) &&
    packageNamePattern.test(entry.name) &&
    sha256Pattern.test(entry.sha256) &&
    Number.isSafeInteger(entry.sizeBytes) &&
    entry.sizeBytes >= 0 &&
    packageSourcePattern.test(entry.source) &&
    packageVersionPattern.test(entry.version)
  );
}

/** Returns the same string for equal texts, so that a list of 70,000 entries holds each architecture once. */
export function createInterner(): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const same = known.get(text);
    if (same !== undefined) return same;
    known.set(text, text);
    return text;
  };
}
