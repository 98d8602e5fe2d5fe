/** Implements `pommgr closure explain`: why a package is in a thin baseline, or why it is not. Reads, never writes. */
import { join } from 'node:path';
import { readReasons } from '../../closure/adapters/closure-files.ts';
import type { Link } from '../../closure/domain/chains.ts';
import { createOffersScanner } from '../../closure/domain/offers-index.ts';
import { chainOf, type ReasonLine } from '../../closure/domain/reason-lines.ts';
import { wayOf, type UpgradeWay } from '../../apt/domain/upgrade-way.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import type { Config } from '../../config/domain/config.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { readPackages } from '../../mirror/adapters/package-list-file.ts';
import { snapshotPath } from '../../mirror/adapters/snapshot-directory.ts';
import type { Offer } from '../../closure/domain/offers.ts';
import { suiteDirectory } from '../../config/domain/suite-layout.ts';
import type { Compression } from '../../upstream/domain/index-plan.ts';
import { decompressFile } from '../../upstream/adapters/decompress.ts';
import { baselineDirectory, packagesFileName } from '../adapters/baseline-files.ts';
import type { SnapshotRecord } from '../../mirror/domain/mirror-content.ts';
import type { Baseline } from '../domain/baseline.ts';
import { namedOrLatest } from './baseline.ts';

export interface ExplainedPackage {
  /** `name version architecture` */
  package: string;
  target: string;
  /** The place of the target in the way of a major upgrade; null where it is in none. */
  stage: { way: string; number: number } | null;
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
  const chains = await findChains(directory, about);
  const found = chains.map((one) => ({ ...one, stage: placeIn(baseline.content.upgrades, one.target) }));
  const held = new Set<string>();
  for await (const { name, version, architecture } of readPackages(join(directory, packagesFileName)))
    if (name === about.name) held.add(`${name} ${version} ${architecture}`);
  const offered = found.length > 0 ? [] : await findOffers(config, baseline, about.name);
  return { baseline: baseline.name, name: about.name, found, held: [...held], offered };
}

async function findChains(
  directory: string,
  { name, host }: { name: string; host?: string | undefined },
): Promise<Omit<ExplainedPackage, 'stage'>[]> {
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

function placeIn(ways: readonly UpgradeWay[] | undefined, target: string): ExplainedPackage['stage'] {
  const way = wayOf(target, ways);
  return way === undefined ? null : { way: way.name, number: way.stages.indexOf(target) + 1 };
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
  { content, snapshots }: Baseline,
  name: string,
): Promise<ClosureExplanation['offered']> {
  const offered: ClosureExplanation['offered'] = [];
  for (const record of snapshots) {
    const mirror = content.mirrors.find(({ id }) => id === record.mirror);
    if (mirror === undefined) continue;
    const directory = snapshotPath(baseDir, record.mirror, record.snapshot);
    for (const index of mirror.indices) {
      const form = formOf(`${suiteDirectory(mirror.suite)}${index.path}`, record);
      if (form === undefined || !/(^|\/)Packages$/.test(index.path)) continue;
      const file = join(directory, form.path);
      const scanner = createOffersScanner({ mirror: mirror.id, component: '', index: index.path });
      const take = (offers: readonly Offer[]): void => {
        for (const { name: other, version, architecture } of offers)
          if (other === name) offered.push({ mirror: mirror.id, version, architecture });
      };
      const limits = { file, sizeBytes: index.sizeBytes };
      for await (const bytes of decompressFile({ path: file, compression: form.compression }, limits))
        take(scanner.push(Buffer.from(bytes)));
      take(scanner.end());
    }
  }
  return offered;
}

const endings: [ending: string, compression: Compression][] = [
  ['', 'plain'],
  ...(['gz', 'xz', 'zst', 'bz2', 'lzma', 'lz4'] as const).map((compression): [string, Compression] => [
    `.${compression}`,
    compression,
  ]),
];

/** The file of a snapshot that has an index; plain where it is there. */
function formOf(
  path: string,
  { files }: SnapshotRecord,
): { path: string; compression: Compression } | undefined {
  const form = endings.find(([ending]) => files.some((file) => file.path === path + ending));
  return form === undefined ? undefined : { path: path + form[0], compression: form[1] };
}
