/**
 * Finds the APT sources that a stage's packages bring, so that dpkg unpacks them aside from the beginning: between a
 * new pve-enterprise.sources and its removal, apt would have a source that cannot be reached. Changes nothing.
 */
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { disabledSuffix } from '../../apt/adapters/host-apt-files.ts';
import { entryExists } from '../../core/adapters/atomic-files.ts';
import { entryInRoot } from '../../core/adapters/root-paths.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { readDiversions } from '../../forecast/adapters/host-files.ts';
import { readControlFiles, readFiles } from '../../forecast/adapters/package-archive.ts';
import { parseMd5sums, parsePackageConffiles } from '../../forecast/domain/dpkg-records.ts';
import type { PlannedEntries } from '../../forecast/domain/source-changes.ts';
import type { PackagePlaces } from '../../forecast/workflows/package-places.ts';
import { planSetAside } from '../../host/workflows/set-aside.ts';
import type { SetAside } from '../../store/domain/store-state.ts';
import { isSourcePath } from '../domain/source-paths.ts';

/** Larger files are no sources. */
const maxContentBytes = 1024 * 1024;

export interface ComingOptions {
  aptRoot: AptRoot;
  /** Files that are set aside already. */
  known: readonly SetAside[];
  entries: PlannedEntries;
  places: PackagePlaces;
}

/** Returns diversions for the sources files that the planned packages contain and that none covers yet, by path. */
export async function findComingSources({
  aptRoot,
  known,
  entries,
  places,
}: ComingOptions): Promise<SetAside[]> {
  const diverted = new Set((await readDiversions(aptRoot)).map(({ from }) => from));
  const taken = [...known, ...(await planSetAside(aptRoot, known))];
  const coming = new Map<string, SetAside>();
  for (const [entry] of entries.values()) {
    if (entry === undefined) continue;
    const files = await places.withPackage(entry, sourcesIn);
    for (const [path, content] of files) {
      // A conffile that is there already is diverted by the switch itself.
      const isCovered =
        diverted.has(path) || taken.some((file) => file.path === path && file.method === 'divert');
      if (isCovered || coming.has(path)) continue;
      coming.set(path, {
        path,
        disabledPath: await freePath(aptRoot.root, path, taken),
        method: 'divert',
        sha256: sha256Hex(content),
        isAwaited: true,
      });
    }
  }
  return [...coming.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Returns the content of the sources files of a package, by path. */
async function sourcesIn(deb: string): Promise<Map<string, Buffer>> {
  const control = await readControlFiles(deb);
  const text = (name: string): string => control.get(name)?.toString('utf8') ?? '';
  const conffiles = parsePackageConffiles(text('conffiles')).map(({ path }) => path);
  const paths = new Set([...conffiles, ...parseMd5sums(text('md5sums')).keys()].filter(isSourcePath));
  if (paths.size === 0) return new Map();
  const { contents } = await readFiles(deb, { digests: new Set(), contents: paths, maxContentBytes });
  return new Map(
    [...contents].flatMap(([path, content]) => (content === null ? [] : [[path, content] as const])),
  );
}

async function freePath(root: string, path: string, taken: readonly SetAside[]): Promise<string> {
  for (let number = 1; ; number++) {
    const disabled = `${path}${number === 1 ? '' : `.${number}`}${disabledSuffix}`;
    const isTaken = taken.some(({ disabledPath }) => disabledPath === disabled);
    if (!isTaken && !(await entryExists(await entryInRoot(root, disabled)))) return disabled;
  }
}
