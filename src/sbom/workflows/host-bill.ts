/**
 * The bill of materials of a host: what its lock says is installed. Where each package is from, its source and its
 * digest come from the baselines that list exactly this version; a package that none lists has none of these.
 */
import { openAptRoot } from '../../apt/adapters/apt-root.ts';
import { hostLockKind, type HostLock } from '../../apt/domain/host-lock.ts';
import {
  baselineDirectory,
  listBaselines,
  readBaselineFile,
} from '../../baseline/adapters/baseline-files.ts';
import { findListed, listedKey, type ListedBaseline } from '../../baseline/workflows/listed-packages.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import { readJsonFile } from '../../core/adapters/json-file.ts';
import { namedRoot } from '../../core/adapters/root-paths.ts';
import { toolVersion } from '../../core/adapters/tool-version.ts';
import { digestOf } from '../../core/domain/digest.ts';
import type { Context } from '../../core/domain/progress.ts';
import { readHostLock } from '../../host/workflows/read-host-lock.ts';
import { reportedLock } from '../../hosts/workflows/reported-lock.ts';
import { baselineDirectories, locateStore } from '../../store/adapters/store.ts';
import { componentOfEntry, createRefs, type Bill, type SbomComponent } from '../domain/sbom.ts';

/** A file with a lock, the name of a trusted host that left a report, or the system below a directory. */
export type HostOfBill =
  | { lock: string }
  | { host: string }
  | { root: string | undefined; store: string | undefined };

/** @throws PommgrError `usage.host`, `config.document` for a file that is no lock, `state.dpkg`. */
export async function openHostBill(
  configFile: string | undefined,
  { host, context }: { host: HostOfBill; context: Context },
): Promise<Bill> {
  const { lock, baselines } =
    'lock' in host || 'host' in host ? await onlineHost(configFile, host) : await ownHost(host, context);
  const found = await findListed(lock.packages, baselines, lock.baseline?.digest);
  const components = async function* (): AsyncGenerator<SbomComponent> {
    const withRef = createRefs();
    for (const item of lock.packages) {
      const known = found.get(listedKey(item));
      yield withRef(known === undefined ? unknownComponent(item) : componentOfEntry(known.entry, known.from));
    }
  };
  const { hostName: name, created, codename } = lock;
  return {
    subject: { kind: 'host', name, digest: digestOf(lock), created, codename, toolVersion: toolVersion() },
    components: components(),
  };
}

interface KnownHost {
  lock: HostLock;
  baselines: ListedBaseline[];
}

async function onlineHost(
  configFile: string | undefined,
  host: { lock: string } | { host: string },
): Promise<KnownHost> {
  const config = await loadConfig(configFile);
  const lock =
    'lock' in host ? await readJsonFile(host.lock, hostLockKind) : await reportedLock(config, host.host);
  const baselines = (await listBaselines(config.stateDir)).map((baseline) => ({
    baseline,
    directory: baselineDirectory(config.stateDir, baseline.name),
  }));
  return { lock, baselines };
}

async function ownHost(
  { root: named, store: chosen }: { root: string | undefined; store: string | undefined },
  context: Context,
): Promise<KnownHost> {
  const root = await namedRoot(named);
  const store = await locateStore(root, chosen);
  const lock = await readHostLock(await openAptRoot(root), { store, context });
  const baselines: ListedBaseline[] = [];
  for (const directory of await baselineDirectories(store))
    baselines.push({ baseline: await readBaselineFile(directory), directory });
  return { lock, baselines };
}

function unknownComponent({
  name,
  version,
  architecture,
}: HostLock['packages'][number]): Omit<SbomComponent, 'ref'> {
  const unknown = { source: null, origin: null, purl: null, sha256: null, licenses: null };
  return { name, version, architecture, ...unknown };
}
