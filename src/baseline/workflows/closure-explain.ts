/** `pommgr closure explain`: why a package is in a thin baseline, or why it is not. Reads, never writes. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { readReasons } from '../../closure/adapters/closure-files.ts';
import type { Link } from '../../closure/domain/chains.ts';
import { createOffersScanner } from '../../closure/domain/offers-index.ts';
import { chainOf, type ReasonLine } from '../../closure/domain/reason-lines.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import { snapshotPath } from '../../mirror/adapters/snapshot-directory.ts';
import { decompressStream, type Compression } from '../../upstream/adapters/decompress.ts';
import { baselineDirectory, packagesFileName } from '../adapters/baseline-files.ts';
import type { SnapshotRecord } from '../../mirror/domain/mirror-content.ts';
import type { Baseline } from '../domain/baseline.ts';
import { namedOrLatest } from './baseline.ts';

export interface ExplainedPackage {
  /** `name version architecture` */
  package: string;
  target: string;
  /** Null for a bare system. */
  host: string | null;
  /** From what was asked for down to the package. */
  chain: Link[];
}

export interface ClosureExplanation {
  baseline: string;
  name: string;
  /** One for each version, target and host whose closure has the package. */
  found: ExplainedPackage[];
  /** `name version architecture` of what the baseline holds. */
  held: string[];
  /** What the mirrors offer; looked for where no closure has the package. */
  offered: { mirror: string; version: string; architecture: string }[];
}

/** @throws PommgrError `config.baseline`, or `config.closure` for a host that no closure is for. */
export async function closureExplain(
  configFile: string | undefined,
  about: { name: string; host?: string | undefined; baseline?: string | undefined },
): Promise<ClosureExplanation> {
  const config = await loadConfig(configFile);
  const baseline = await namedOrLatest(config, about.baseline);
  const directory = baselineDirectory(config.stateDir, baseline.name);
  const found = await findChains(directory, about);
  const held = new Set<string>();
  for await (const { name, version, architecture } of readPackages(join(directory, packagesFileName)))
    if (name === about.name) held.add(`${name} ${version} ${architecture}`);
  const offered = found.length > 0 ? [] : await findOffers(config, baseline, about.name);
  return { baseline: baseline.name, name: about.name, found, held: [...held], offered };
}

async function findChains(
  directory: string,
  { name, host }: { name: string; host?: string | undefined },
): Promise<ExplainedPackage[]> {
  const places = new Map<string, Map<string, ReasonLine>>();
  const found: ReasonLine[] = [];
  const hosts = new Set<string>();
  const placeOf = (line: ReasonLine): string => `${line.target} ${line.host ?? ''}`;
  for await (const line of readReasons(directory)) {
    if (line.host !== null) hosts.add(line.host);
    if (host !== undefined && line.host !== host) continue;
    const lines = places.get(placeOf(line)) ?? new Map<string, ReasonLine>();
    places.set(placeOf(line), lines);
    lines.set(line.package, line);
    if (line.package.startsWith(`${name} `)) found.push(line);
  }
  if (host !== undefined && !hosts.has(host)) throw unknownHost(host, [...hosts]);
  return found.map((line) => ({
    package: line.package,
    target: line.target,
    host: line.host,
    chain: chainOf(line.package, places.get(placeOf(line)) ?? new Map<string, ReasonLine>()),
  }));
}

function unknownHost(host: string, hosts: readonly string[]): PommgrError {
  return new PommgrError('config.closure', `No closure of this baseline is for the host ${host}.`, {
    hints: [
      hosts.length === 0
        ? 'The baseline has no closure with hosts; leave --host out.'
        : `There are: ${hosts.join(', ')}.`,
    ],
    details: { host, hosts },
  });
}

async function findOffers(
  { baseDir }: Config,
  { snapshots }: Baseline,
  name: string,
): Promise<ClosureExplanation['offered']> {
  const offered: ClosureExplanation['offered'] = [];
  for (const record of snapshots) {
    for (const { path, compression } of packagesIndices(record)) {
      const file = join(snapshotPath(baseDir, record.mirror, record.snapshot), path);
      const scanner = createOffersScanner({ mirror: record.mirror, component: '', index: path });
      const limits = { file, maxBytes: 2 ** 31 };
      const offers = [];
      for await (const bytes of decompressStream(compression, createReadStream(file), limits))
        offers.push(...scanner.push(Buffer.from(bytes)).filter((offer) => offer.name === name));
      offers.push(...scanner.end().filter((offer) => offer.name === name));
      for (const { version, architecture } of offers)
        offered.push({ mirror: record.mirror, version, architecture });
    }
  }
  return offered;
}

/** One form of each `Packages`: plain where it is there, else what is read fastest. */
function packagesIndices({ files }: SnapshotRecord): { path: string; compression: Compression }[] {
  const forms: [ending: string, compression: Compression][] = [
    ['', 'plain'],
    ['.gz', 'gz'],
    ['.xz', 'xz'],
  ];
  const paths = new Set(files.map(({ path }) => path));
  const indices = new Set([...paths].flatMap((path) => /^(.*\/Packages)(?:\.[gx]z)?$/.exec(path)?.[1] ?? []));
  return [...indices].flatMap((index) => {
    const form = forms.find(([ending]) => paths.has(index + ending));
    return form === undefined ? [] : [{ path: index + form[0], compression: form[1] }];
  });
}
