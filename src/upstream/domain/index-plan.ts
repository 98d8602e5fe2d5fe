/**
 * Which indices of a verified Release a mirror needs, and in which form each is fetched.
 * The choice depends on the Release and the mirror alone, so two machines and both engines choose the same.
 */
import { compareText } from '../../core/domain/canonical-json.ts';
import type { FileFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Mirror } from '../../config/domain/mirror.ts';
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
 * @throws PommgrError `config.component`, `config.architecture`, `config.index` for what Release does not offer.
 */
export function planIndices(mirror: Mirror, release: ReleaseFile): PlannedIndex[] {
  const { planned, lacking } = planOfferedIndices(mirror, release);
  const [first] = lacking;
  if (first !== undefined) throw first.error;
  return planned;
}

/** What a mirror asks for and its Release does not offer, with the error that it is where nothing may lack. */
export interface LackingPart {
  kind: 'component' | 'architecture' | 'index';
  name: string;
  error: PommgrError;
}

/** As `planIndices`, for the part of the mirror that Release offers, and what it does not. */
export function planOfferedIndices(
  mirror: Mirror,
  release: ReleaseFile,
): { planned: PlannedIndex[]; lacking: LackingPart[] } {
  const lacking = notOffered(mirror, release);
  const missing = new Set(lacking.map(({ kind, name }) => `${kind} ${name}`));
  const architectures = mirror.architectures.filter((name) => !missing.has(`architecture ${name}`));
  const planned: PlannedIndex[] = [];
  for (const component of mirror.components.filter((name) => !missing.has(`component ${name}`))) {
    for (const { kind, path } of requiredIndices(mirror, component, architectures)) {
      const found = findIndex(release, path);
      if (found === undefined) lacking.push({ kind: 'index', name: path, error: noIndex(mirror, path) });
      else planned.push({ kind, component, ...found });
    }
    const all = mirror.types.includes('deb') ? findIndexOfAll(release, component) : undefined;
    if (all !== undefined) planned.push({ kind: 'packages', component, ...all });
    const translation = findIndex(release, `${component}/i18n/Translation-en`);
    if (translation !== undefined) planned.push({ kind: 'translation', component, ...translation });
  }
  return { planned: planned.toSorted((a, b) => compareText(a.path, b.path)), lacking };
}

/** `dists/<suite>/` with the by-hash directory where upstream keeps one (Debian wiki, DebianRepository/Format). */
export function indexUriPaths(mirror: Mirror, file: FileFact, acquireByHash: boolean): string[] {
  const plain = `dists/${mirror.suite}/${file.path}`;
  if (!acquireByHash) return [plain];
  const directory = plain.slice(0, plain.lastIndexOf('/'));
  return [`${directory}/by-hash/SHA256/${file.sha256}`, plain];
}

function notOffered(mirror: Mirror, release: ReleaseFile): LackingPart[] {
  const part = (kind: 'component' | 'architecture', name: string, offered: string[]): LackingPart => ({
    kind,
    name,
    error: new PommgrError(
      `config.${kind}`,
      `Mirror ${mirror.id}: suite ${mirror.suite} has no ${kind} "${name}"; it has ${offered.join(', ')}.`,
      { hints: [`Correct the ${kind}s of this mirror in the config.`], details: { mirror: mirror.id } },
    ),
  });
  return [
    ...mirror.components
      .filter((name) => !release.components.includes(name))
      .map((name) => part('component', name, release.components)),
    ...mirror.architectures
      .filter((name) => !release.architectures.includes(name))
      .map((name) => part('architecture', name, release.architectures)),
  ];
}

function requiredIndices(
  mirror: Mirror,
  component: string,
  architectures: readonly string[],
): { kind: 'packages' | 'sources'; path: string }[] {
  const binary = architectures.map((architecture) => ({
    kind: 'packages' as const,
    path: `${component}/binary-${architecture}/Packages`,
  }));
  const source = { kind: 'sources' as const, path: `${component}/source/Sources` };
  return [
    ...(mirror.types.includes('deb') ? binary : []),
    ...(mirror.types.includes('deb-src') ? [source] : []),
  ];
}

/** apt reads binary-all where Release names that architecture and does not say that the other indices repeat it. */
function findIndexOfAll(release: ReleaseFile, component: string): ReturnType<typeof findIndex> {
  const reads = release.architectures.includes('all') && !release.noSupportForArchitectureAll;
  return reads ? findIndex(release, `${component}/binary-all/Packages`) : undefined;
}

function noIndex(mirror: Mirror, path: string): PommgrError {
  return new PommgrError(
    'config.index',
    `Mirror ${mirror.id}: the Release file of suite ${mirror.suite} lists no ${path} that pommgr can read (plain, .gz or .xz).`,
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
