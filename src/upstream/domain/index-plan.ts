/**
 * Plans which indices of a verified Release a mirror needs, and in which forms each may be fetched; missing ones are
 * judged as apt does. The choice depends only on the Release and the mirror, so two machines and both engines choose
 * the same.
 */
import type { Mirror } from '../../config/domain/mirror.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import type { FileFact } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { hasArchitecture, hasComponent, type ReleaseEntry, type ReleaseFile } from './release-file.ts';
import { indexPath, suiteDirectory } from '../../config/domain/suite-layout.ts';

export type Compression = 'plain' | 'gz' | 'xz' | 'zst' | 'bz2' | 'lzma' | 'lz4';

export interface PlannedIndex {
  kind: 'packages' | 'sources' | 'translation';
  component: string;
  /** Facts of the uncompressed index; its path is relative to the Release file's directory. */
  plain: IndexFact;
  /** Forms that may be fetched, the best first; none for an empty index. */
  forms: IndexForm[];
}

type IndexFact = FileFact & ReleaseEntry;
export type IndexForm = IndexFact & { compression: Compression };

export interface IndexPlan {
  /** Packages, Sources and English translations of the mirror's components and architectures, sorted by path. */
  planned: PlannedIndex[];
  /** Warnings about what the mirror asks for and the suite does not have. */
  warnings: string[];
}

/**
 * @throws PommgrError `config.component`, `config.architecture`, `config.index` where the suite has nothing of what
 * the mirror asks for, and `integrity.release` for an index with no SHA-256.
 */
export function planIndices(mirror: Mirror, release: ReleaseFile): IndexPlan {
  const planned: PlannedIndex[] = [];
  const missing: MissingIndex[] = [];
  for (const wanted of wantedIndices(mirror, release)) {
    const found = findIndex(wanted, release, mirror);
    if (found !== undefined) planned.push(found);
    else if (!wanted.optional) missing.push(missingIndex(wanted, { mirror, release }));
  }
  const seen = new Set(planned.map(({ component }) => component));
  // A component with some index exists, whatever the Components field says.
  const told = missing.filter(({ kind, name }) => kind !== 'component' || !seen.has(name));
  const nothing = planned.length === 0 && !told.some(({ kind }) => kind === 'compressed-only');
  const [first] = told;
  if (nothing && first !== undefined) throw refusal(mirror, first);
  const texts = told.filter(({ kind }) => kind !== 'empty').map(({ text }) => text);
  return {
    planned: planned.toSorted((a, b) => compareText(a.plain.path, b.plain.path)),
    warnings: [...new Set(texts)].map((text) => `Mirror ${mirror.id}: ${text}`),
  };
}

/**
 * Returns the path of a file below the mirror's URI; by hash first where upstream offers that
 * (DebianRepository/Format).
 */
export function indexUriPaths(
  mirror: Mirror,
  file: FileFact & Pick<ReleaseEntry, 'sha512'>,
  acquireByHash: boolean,
): string[] {
  const plain = `${suiteDirectory(mirror.suite)}${file.path}`;
  if (!acquireByHash) return [plain];
  const directory = plain.slice(0, plain.lastIndexOf('/') + 1);
  // apt requests by the strongest digest that Release gives; some servers have the files only under another one.
  const strongest = file.sha512 === undefined ? [] : [`${directory}by-hash/SHA512/${file.sha512}`];
  return [...strongest, `${directory}by-hash/SHA256/${file.sha256}`, plain];
}

interface WantedIndex {
  kind: PlannedIndex['kind'];
  component: string;
  architecture?: string;
  path: string;
  optional: boolean;
}

function wantedIndices(mirror: Mirror, release: ReleaseFile): WantedIndex[] {
  const { suite, types } = mirror;
  // A flat repository has no components, and one index for all architectures.
  const components = mirror.components.length === 0 ? [''] : mirror.components;
  return components.flatMap((component) => {
    const wanted = (kind: PlannedIndex['kind'], optional: boolean, architecture?: string): WantedIndex => ({
      kind,
      component,
      optional,
      path: indexPath(suite, { kind, component, architecture: architecture ?? '' }),
      ...(architecture === undefined ? {} : { architecture }),
    });
    const binary =
      component === ''
        ? [wanted('packages', false)]
        : [
            ...mirror.architectures.map((architecture) => wanted('packages', false, architecture)),
            ...(readsIndexOfAll(release) ? [wanted('packages', true, 'all')] : []),
          ];
    return [
      ...(types.includes('deb') ? binary : []),
      ...(types.includes('deb-src') ? [wanted('sources', false)] : []),
      wanted('translation', true),
    ];
  });
}

/** apt reads binary-all where Release names that architecture and does not say that the other indices repeat it. */
function readsIndexOfAll(release: ReleaseFile): boolean {
  return hasArchitecture(release, 'all') && !release.noSupportForArchitectureAll;
}

/** Forms that apt reads, the fastest first; plain only where nothing smaller is offered. */
const forms = [
  { ending: '.gz', compression: 'gz' },
  { ending: '.xz', compression: 'xz' },
  { ending: '.zst', compression: 'zst' },
  { ending: '.bz2', compression: 'bz2' },
  { ending: '.lzma', compression: 'lzma' },
  { ending: '.lz4', compression: 'lz4' },
  { ending: '', compression: 'plain' },
] as const;

/** apt knows an index only by its plain name: Release must list that, whether the server has it or not. */
function findIndex(
  { kind, component, path }: WantedIndex,
  release: ReleaseFile,
  mirror: Mirror,
): PlannedIndex | undefined {
  const unusable = release.unusable.get(path);
  if (unusable !== undefined) throw unusableIndex(mirror, path, unusable);
  const plain = release.files.get(path);
  if (plain === undefined) return undefined;
  const offered = forms.flatMap(({ ending, compression }) => {
    const fact = release.files.get(path + ending);
    const isUsable = fact !== undefined && !release.unusable.has(path + ending);
    return isUsable ? [{ path: path + ending, ...fact, compression }] : [];
  });
  return {
    kind,
    component,
    plain: { path, ...plain },
    // As in apt, nothing is fetched for an index that is listed as empty.
    forms: plain.sizeBytes === 0 ? [] : offered,
  };
}

function unusableIndex(mirror: Mirror, path: string, why: string): PommgrError {
  return new PommgrError('integrity.release', `Mirror ${mirror.id}: the Release file lists ${path} ${why}.`, {
    hints: ['Ask the owner of this repository for a Release file with SHA256 in small letters.'],
    details: { mirror: mirror.id, file: path },
  });
}

interface MissingIndex {
  /** `empty`: listed as supported, but without an index, which apt treats as an empty one. */
  kind: 'component' | 'architecture' | 'index' | 'compressed-only' | 'empty';
  /** The component, the architecture or the path. */
  name: string;
  text: string;
}

/** The order of the checks, and which of them lead to a warning, are apt's (pkgAcqMetaClearSig::QueueIndexes). */
function missingIndex(
  { component, architecture, path }: WantedIndex,
  { mirror, release }: { mirror: Mirror; release: ReleaseFile },
): MissingIndex {
  const form = forms.find(({ ending }) => release.files.has(path + ending));
  const has = (names: readonly string[]): string =>
    names.length === 0 ? '' : ` It has ${names.join(', ')}.`;
  const suite = `suite ${mirror.suite}`;
  if (form !== undefined) {
    const text = `the Release file lists ${path}${form.ending} and not ${path}, so apt ignores this index, and so does pommgr. Its owner must list the uncompressed form too.`;
    return { kind: 'compressed-only', name: path, text };
  }
  if (component !== '' && !hasComponent(release, component)) {
    const text = `${suite} has no component "${component}".${has(release.components)}`;
    return { kind: 'component', name: component, text };
  }
  if (architecture !== undefined && !hasArchitecture(release, architecture)) {
    const text = `${suite} has no architecture "${architecture}".${has(release.architectures)}`;
    return { kind: 'architecture', name: architecture, text };
  }
  const text = `the Release file of ${suite} lists no ${path}.`;
  const isEmpty = architecture !== undefined && release.architectures.length > 0;
  return { kind: isEmpty ? 'empty' : 'index', name: path, text };
}

/** apt would continue with nothing. An empty mirror is a mistake in the config, or upstream's. */
function refusal(mirror: Mirror, { kind, text }: MissingIndex): PommgrError {
  const code = kind === 'component' || kind === 'architecture' ? kind : 'index';
  return new PommgrError(`config.${code}`, `Mirror ${mirror.id} would be empty: ${text}`, {
    hints: ['Correct suite, components and architectures of this mirror in the config.'],
    details: { mirror: mirror.id },
  });
}
