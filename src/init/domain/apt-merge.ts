/** Splits apt's source entries by URI and suite, filters them, and joins those that are one mirror. */
import { architectureList, type SignedBy, type SourceEntry } from '../../apt/domain/apt-sources.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { mirrorUri, withArchitecture, withoutLogin } from './source-uri.ts';

/** Facts of the machine that affect how apt interprets an entry. */
export interface MachineFacts {
  /** The machine's own architecture first, then its foreign ones. */
  architectures: readonly string[];
  mirrorLists: ReadonlyMap<string, string>;
}

/** All that a machine's entries say of one URI, suite and keyring. */
export interface MergedSource {
  uri: string;
  suite: string;
  /** In the order of the entries. */
  components: string[];
  /** Empty: the machine's own. */
  architectures: string[];
  signedBy?: SignedBy;
  login?: { user: string; password: string };
  /** False where the source says so: its Release may be past its Valid-Until. */
  checkValidUntil: boolean;
  /** `file, line N` of each entry. */
  places: string[];
}

/** Options that a mirror has too, and those that change neither trust nor contents. */
const knownOptions = new Set([
  'architectures-add',
  'architectures-remove',
  'languages',
  'targets',
  'pdiffs',
  'by-hash',
  'check-valid-until',
  'description',
  'x-repolib-name',
]);

/** Returns sources in the order of the entries; each omitted entry, and each ignored option, leads to a warning. */
export function mergedSources(
  entries: readonly SourceEntry[],
  facts: MachineFacts,
): {
  sources: MergedSource[];
  warnings: string[];
} {
  const architecture = facts.architectures[0] ?? '';
  const merged = new Map<string, MergedSource>();
  const warnings: string[] = [];
  for (const entry of entries) {
    const place = `${entry.file}, line ${entry.line}`;
    const reason = entryRefusal(entry);
    if (reason !== undefined) {
      warnings.push(`${place}: left out, ${reason}.`);
      continue;
    }
    warnings.push(...optionWarnings(entry).map((text) => `${place}: ${text}`));
    const architectures = architecturesOf(entry, facts.architectures);
    for (const written of entry.uris) {
      const uri = mirrorUri(written, { ...facts, architecture });
      for (const suite of entry.suites.map((name) => withArchitecture(name, architecture))) {
        if ('refusal' in uri) {
          warnings.push(`${place}: ${withoutLogin(written)} ${suite} left out, ${uri.refusal}.`);
        } else add(merged, { entry, ...uri, suite, architectures, place });
      }
    }
  }
  return { sources: [...merged.values()], warnings };
}

function entryRefusal(entry: SourceEntry): string | undefined {
  if (!entry.enabled) return 'it is disabled';
  if (!entry.types.includes('deb')) return 'it is for source packages only';
  if (
    entry.signedBy?.kind === 'keyrings' &&
    !entry.signedBy.fingerprints.every((text) => /^[0-9A-F]{40}$/i.test(text))
  )
    return 'its Signed-By names a key other than by the fingerprint of a primary key; write a keyring with just that key and name it in keyring';
  return entry.components.length === 0 && !entry.suites.every((suite) => suite.endsWith('/'))
    ? 'it names no components'
    : undefined;
}

/** Empty where the entry leaves the choice to apt, which takes all of the machine's. `all` comes by itself. */
function architecturesOf(entry: SourceEntry, ofMachine: readonly string[]): string[] {
  const { architectures, otherOptions } = entry;
  const added = architectureList(otherOptions.get('architectures-add'));
  const removed = architectureList(otherOptions.get('architectures-remove'));
  if (architectures.length + added.length + removed.length === 0) return [];
  const chosen = [...(architectures.length === 0 ? ofMachine : architectures), ...added];
  return [...new Set(chosen)]
    .filter((name) => !['all', 'any', ...removed].includes(name))
    .toSorted(compareText);
}

function optionWarnings(entry: SourceEntry): string[] {
  const passedOver = [...entry.otherOptions.keys()]
    .filter((name) => !knownOptions.has(name))
    .toSorted(compareText);
  return [
    ...(entry.trusted === true ? ['it says "trusted=yes"; pommgr checks the signature all the same.'] : []),
    ...passedOver.map((name) => `the option "${name}" is passed over.`),
  ];
}

function add(
  merged: Map<string, MergedSource>,
  found: Omit<MergedSource, 'components' | 'signedBy' | 'checkValidUntil' | 'places'> & {
    entry: SourceEntry;
    place: string;
  },
): void {
  const { entry, uri, login, suite, architectures, place } = found;
  const checkValidUntil = !/^(no|false|without|off|disable|0)$/i.test(
    entry.otherOptions.get('check-valid-until') ?? '',
  );
  const key = JSON.stringify([
    uri,
    suite,
    architectures,
    entry.signedBy ?? null,
    login ?? null,
    checkValidUntil,
  ]);
  const source = merged.get(key) ?? {
    uri,
    suite,
    components: [],
    architectures,
    ...(entry.signedBy === undefined ? {} : { signedBy: entry.signedBy }),
    ...(login === undefined ? {} : { login }),
    checkValidUntil,
    places: [],
  };
  source.components = [...new Set([...source.components, ...entry.components])];
  source.places = [...new Set([...source.places, place])];
  merged.set(key, source);
}
