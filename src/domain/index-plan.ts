/**
 * Which indices of a verified Release a mirror needs, and in which form each is fetched.
 * The choice depends on the Release and the mirror alone, so two machines and both engines choose the same.
 */
import { compareText } from './canonical-json.ts';
import type { FileFact } from './digest.ts';
import { PommgrError } from './errors.ts';
import type { Mirror } from './mirror.ts';
import type { ReleaseEntry, ReleaseFile } from './release-file.ts';

export type Compression = 'plain' | 'gz' | 'xz';

export interface PlannedIndex {
  kind: 'packages' | 'sources' | 'translation';
  component: string;
  /** Path of the uncompressed index, relative to `dists/<suite>/`. */
  path: string;
  /** Of the uncompressed index; undefined where Release does not list it. */
  plain: IndexFact | undefined;
  /** What is fetched; the same as `plain` where upstream offers no form that we read. */
  fetched: IndexFact & { compression: Compression };
}

type IndexFact = FileFact & ReleaseEntry;

/**
 * Packages, Sources and English translations of the mirror's components and architectures, sorted by path.
 * @throws PommgrError `config.component`, `config.architecture` for what Release does not offer.
 */
export function planIndices(mirror: Mirror, release: ReleaseFile): PlannedIndex[] {
  checkOffered(mirror, release);
  const planned: PlannedIndex[] = [];
  for (const component of mirror.components) {
    if (mirror.types.includes('deb')) planned.push(...binaryIndices(mirror, { release, component }));
    if (mirror.types.includes('deb-src')) {
      planned.push(
        requiredIndex(mirror, { release, component, kind: 'sources', path: `${component}/source/Sources` }),
      );
    }
    const translation = findIndex(release, `${component}/i18n/Translation-en`);
    if (translation !== undefined) planned.push({ kind: 'translation', component, ...translation });
  }
  return planned.toSorted((a, b) => compareText(a.path, b.path));
}

/** `dists/<suite>/` with the by-hash directory where upstream keeps one (Debian wiki, DebianRepository/Format). */
export function indexUriPaths(mirror: Mirror, file: FileFact, acquireByHash: boolean): string[] {
  const plain = `dists/${mirror.suite}/${file.path}`;
  if (!acquireByHash) return [plain];
  const directory = plain.slice(0, plain.lastIndexOf('/'));
  return [`${directory}/by-hash/SHA256/${file.sha256}`, plain];
}

function checkOffered(mirror: Mirror, release: ReleaseFile): void {
  const missingComponent = mirror.components.find((name) => !release.components.includes(name));
  if (missingComponent !== undefined) {
    throw new PommgrError(
      'config.component',
      `Mirror ${mirror.id}: suite ${mirror.suite} has no component "${missingComponent}"; it has ${release.components.join(', ')}.`,
      { hints: ['Correct the components of this mirror in the config.'], details: { mirror: mirror.id } },
    );
  }
  const missingArchitecture = mirror.architectures.find((name) => !release.architectures.includes(name));
  if (missingArchitecture !== undefined) {
    throw new PommgrError(
      'config.architecture',
      `Mirror ${mirror.id}: suite ${mirror.suite} has no architecture "${missingArchitecture}"; it has ${release.architectures.join(', ')}.`,
      { hints: ['Correct the architectures of this mirror in the config.'], details: { mirror: mirror.id } },
    );
  }
}

function binaryIndices(mirror: Mirror, from: { release: ReleaseFile; component: string }): PlannedIndex[] {
  const { release, component } = from;
  const indices = mirror.architectures.map((architecture) =>
    requiredIndex(mirror, {
      release,
      component,
      kind: 'packages',
      path: `${component}/binary-${architecture}/Packages`,
    }),
  );
  // apt reads binary-all where Release names that architecture and does not say that the other indices repeat it.
  const reads = release.architectures.includes('all') && !release.noSupportForArchitectureAll;
  const all = reads ? findIndex(release, `${component}/binary-all/Packages`) : undefined;
  if (all !== undefined) indices.push({ kind: 'packages', component, ...all });
  return indices;
}

function requiredIndex(
  mirror: Mirror,
  wanted: { release: ReleaseFile; component: string; kind: PlannedIndex['kind']; path: string },
): PlannedIndex {
  const found = findIndex(wanted.release, wanted.path);
  if (found !== undefined) return { kind: wanted.kind, component: wanted.component, ...found };
  throw new PommgrError(
    'config.index',
    `Mirror ${mirror.id}: the Release file of suite ${mirror.suite} lists no ${wanted.path} that pommgr can read (plain, .gz or .xz).`,
    {
      hints: ['Correct the components or architectures of this mirror in the config.'],
      details: { mirror: mirror.id },
    },
  );
}

/** gz first: it costs the least time to unpack; plain only where nothing smaller is offered. */
const forms = [
  { ending: '.gz', compression: 'gz' },
  { ending: '.xz', compression: 'xz' },
  { ending: '', compression: 'plain' },
] as const;

function findIndex(
  release: ReleaseFile,
  path: string,
): Pick<PlannedIndex, 'path' | 'plain' | 'fetched'> | undefined {
  const listed = release.files.get(path);
  const plain = listed === undefined ? undefined : { path, ...listed };
  for (const { ending, compression } of forms) {
    const fact = release.files.get(path + ending);
    if (fact !== undefined) return { path, plain, fetched: { path: path + ending, ...fact, compression } };
  }
  return undefined;
}
