/** apt's source entries taken apart by URI and suite, sorted out, and put together again where they are one mirror. */
import type { SignedBy, SourceEntry } from '../../apt/domain/apt-sources.ts';
import { compareText } from '../../core/domain/canonical-json.ts';

/** All that a machine's entries say of one URI, suite and keyring. */
export interface MergedSource {
  uri: string;
  suite: string;
  /** In the order of the entries. */
  components: string[];
  /** Empty: the machine's own. */
  architectures: string[];
  signedBy?: SignedBy;
  /** False where the source says so: its Release may be past its Valid-Until. */
  checkValidUntil: boolean;
  /** `file, line N` of each entry. */
  places: string[];
}

/** Options that a mirror has too, and those that change neither what is trusted nor what is listed. */
const knownOptions = new Set([
  'languages',
  'targets',
  'pdiffs',
  'by-hash',
  'check-valid-until',
  'description',
  'x-repolib-name',
]);

/** In the order of the entries; each that is left out, and each option that is passed over, has a warning. */
export function mergedSources(entries: readonly SourceEntry[]): {
  sources: MergedSource[];
  warnings: string[];
} {
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
    for (const uri of entry.uris) {
      for (const suite of entry.suites) {
        const refusal = uriRefusal(uri) ?? suiteRefusal(suite);
        if (refusal === undefined) add(merged, { entry, uri: normalUri(uri), suite, place });
        else warnings.push(`${place}: ${withoutLogin(uri)} ${suite} left out, ${refusal}.`);
      }
    }
  }
  return { sources: [...merged.values()], warnings };
}

function entryRefusal(entry: SourceEntry): string | undefined {
  if (!entry.enabled) return 'it is disabled';
  if (!entry.types.includes('deb')) return 'it is for source packages only';
  if (entry.signedBy?.kind === 'keyrings' && entry.signedBy.fingerprints.length > 0)
    return 'its Signed-By names fingerprints, which a config cannot; write a keyring with just these keys and name that';
  return entry.components.length === 0 && !entry.suites.every((suite) => suite.endsWith('/'))
    ? 'it names no components'
    : undefined;
}

function uriRefusal(uri: string): string | undefined {
  const scheme = /^([a-z+-]+):/.exec(uri)?.[1] ?? '';
  if (!['http', 'https', 'file'].includes(scheme))
    return `a source of the kind "${scheme}" cannot be mirrored; name an http, https or file URI`;
  if (uri.includes('$(')) return 'it has a variable in it; write it out in the config';
  if (withoutLogin(uri) !== uri)
    return 'there is a login in its URI; put that into a file and name it in authFile';
  if (scheme === 'file' && !/^file:(\/\/)?\/(?!\/)/.test(uri))
    return 'it does not name a directory of this machine';
  if (!URL.canParse(uri) || /[?#]/.test(uri)) return 'it is not a valid URI';
  return undefined;
}

/** apt takes `file:/DIR` and `file:///DIR` for one place; a config knows the second form only. */
function normalUri(uri: string): string {
  return uri.replace(/^file:\/(?!\/)/, 'file:///').replace(/\/+$/, '');
}

function suiteRefusal(suite: string): string | undefined {
  if (suite.endsWith('/')) return 'flat repositories are not supported';
  return suite.includes('$(') ? 'it has a variable in it; write it out in the config' : undefined;
}

function optionWarnings(entry: SourceEntry): string[] {
  const passedOver = Object.keys(entry.otherOptions)
    .filter((name) => !knownOptions.has(name))
    .toSorted(compareText);
  return [
    ...(entry.trusted === true ? ['it says "trusted=yes"; pommgr checks the signature all the same.'] : []),
    ...passedOver.map((name) => `the option "${name}" is passed over.`),
  ];
}

function add(
  merged: Map<string, MergedSource>,
  found: { entry: SourceEntry; uri: string; suite: string; place: string },
): void {
  const { entry, uri, suite, place } = found;
  const architectures = entry.architectures.filter((name) => name !== 'all').toSorted(compareText);
  const checkValidUntil = !/^(no|false|without|off|disable|0)$/i.test(
    entry.otherOptions['check-valid-until'] ?? '',
  );
  const key = JSON.stringify([uri, suite, architectures, entry.signedBy ?? null, checkValidUntil]);
  const source = merged.get(key) ?? {
    uri,
    suite,
    components: [],
    architectures,
    ...(entry.signedBy === undefined ? {} : { signedBy: entry.signedBy }),
    checkValidUntil,
    places: [],
  };
  source.components = [...new Set([...source.components, ...entry.components])];
  source.places = [...new Set([...source.places, place])];
  merged.set(key, source);
}

function withoutLogin(uri: string): string {
  return uri.replace(/\/\/[^/\s]*@/, '//');
}
