/** Lists the files of a Release that POM fetches for a mirror, beside its packages: more than a baseline needs. */
import { compareText } from '../../core/domain/canonical-json.ts';
import type { FileFact } from '../../core/domain/digest.ts';
import type { Mirror } from '../../config/domain/mirror.ts';
import type { ReleaseEntry, ReleaseFile } from '../../upstream/domain/release-file.ts';

/** By what follows the component, without a compression: architecture-specific files name theirs in a group. */
const kinds = [
  /^binary-(?<architecture>[^/]+)\/(?:Packages|Release)$/,
  /^Contents-(?:udeb-)?(?<architecture>[^/]+)$/,
  /^cnf\/Commands-(?<architecture>[^/]+)$/,
  /^i18n\/Translation-[^/]+$/,
  /^dep11\/.+$/,
];
const sourceKinds = [/^source\/(?:Sources|Release)$/, /^i18n\/Translation-[^/]+$/, /^dep11\/.+$/];
const compressed = /\.(?:gz|xz|bz2)$/;

/**
 * Returns every file that POM requests from the server, sorted by path. The uncompressed form of an index that exists
 * compressed is not included: POM unpacks it itself. If a file is missing here, POM fetches it; a superfluous one is
 * left to its gc.
 */
export function pomReferences(mirror: Mirror, release: ReleaseFile): (FileFact & ReleaseEntry)[] {
  const wanted = [...release.files].filter(([path]) => isWanted(path.replace(compressed, ''), mirror));
  const packed = new Set(
    wanted.filter(([path]) => compressed.test(path)).map(([path]) => path.replace(compressed, '')),
  );
  return wanted
    .filter(([path]) => !packed.has(path))
    .map(([path, entry]) => ({ path, ...entry }))
    .toSorted((a, b) => compareText(a.path, b.path));
}

function isWanted(path: string, mirror: Mirror): boolean {
  const slash = path.indexOf('/');
  if (!mirror.components.includes(path.slice(0, slash))) return false;
  const architectures = [...mirror.architectures, 'all'];
  return (mirror.types.includes('deb') ? kinds : sourceKinds).some((kind) => {
    const match = kind.exec(path.slice(slash + 1));
    if (match === null) return false;
    const architecture = match.groups?.['architecture'];
    return architecture === undefined || architectures.includes(architecture);
  });
}
