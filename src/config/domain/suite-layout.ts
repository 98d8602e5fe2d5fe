/**
 * Computes where the files of a suite are below a repository's base: under `dists/<suite>/`, or, in a flat repository,
 * in the directory that its suite names with a trailing slash (sources.list(5)). The same paths are valid in a snapshot
 * and in a store, so that apt finds files there as it would upstream.
 */

/** Returns whether the suite names a directory: then there are no components, and one index for all architectures. */
export function isFlat(suite: string): boolean {
  return suite.endsWith('/');
}

/** The directory of the Release file with a slash at its end; empty for the repository's base itself. */
export function suiteDirectory(suite: string): string {
  if (!isFlat(suite)) return `dists/${suite}/`;
  return suite
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .map((part) => `${part}/`)
    .join('');
}

/** Path of an uncompressed index relative to the Release file's directory. */
export function indexPath(
  suite: string,
  index: { kind: 'packages' | 'sources' | 'translation'; component: string; architecture: string },
): string {
  const { kind, component, architecture } = index;
  if (isFlat(suite)) return { packages: 'Packages', sources: 'Sources', translation: 'en' }[kind];
  const file = {
    packages: `binary-${architecture}/Packages`,
    sources: 'source/Sources',
    translation: 'i18n/Translation-en',
  };
  return `${component}/${file[kind]}`;
}
