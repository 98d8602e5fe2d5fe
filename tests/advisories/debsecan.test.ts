/** On the same data, what affects a host is what debsecan says: for each lock of the corpus, of Debian's real indices. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findAdvisories } from '../../src/advisories/workflows/find-advisories.ts';
import { advisoryRecordPath, keptAdvisoryPath } from '../../src/advisories/adapters/kept-advisories.ts';
import type { HostLock } from '../../src/apt/domain/host-lock.ts';
import type { PackageEntry } from '../../src/apt/domain/package-entry.ts';
import { formatPackageLine, sortPackages } from '../../src/apt/domain/package-list.ts';
import { packagesFileName } from '../../src/baseline/adapters/baseline-files.ts';
import type { Baseline } from '../../src/baseline/domain/baseline.ts';
import { writeJsonFile } from '../../src/core/adapters/json-file.ts';
import { readPlainText } from '../../src/core/adapters/plain-file.ts';
import { sha256Hex } from '../../src/core/domain/digest.ts';
import { corpusEntries, type CorpusRelease } from '../support/corpus-indices.ts';
import { openCorpus } from '../support/corpus.ts';
import { askDebsecan, debsecanData, type StatusPackage } from '../support/debsecan.ts';
import { testContext } from '../support/online.ts';
import { scratchDirectory } from '../support/scratch.ts';

const context = testContext('2026-01-02T00:00:00Z');

it.concurrent.each<CorpusRelease>(['bookworm', 'trixie'])(
  'finds what debsecan finds on each host of %s',
  { timeout: 120_000 },
  async (release) => {
    const directory = await scratchDirectory();
    const corpus = await openCorpus(release);
    const locks: HostLock[] = [];
    for (const seed of [1, 2]) {
      await corpus.addHost(seed, directory);
      locks.push(JSON.parse(await readPlainText(join(directory, `host-${seed}.lock.json`))) as HostLock);
    }
    const names = new Set(locks.flatMap(({ packages }) => packages.map(({ name }) => name)));
    const entries = sortPackages(await corpusEntries(release, names));
    expect(entries.length).toBeGreaterThan(300);
    await writeFile(join(directory, packagesFileName), entries.map(formatPackageLine).join(''));
    const data = debsecanData(entries.map(asInstalled));
    await keep(directory, release, data);
    const byKey = new Map(entries.map((entry) => [`${entry.name} ${entry.version}`, entry.source]));
    const byName = new Map(entries.map((entry) => [entry.name, entry.source.split(' ')[0]]));
    let found = 0;
    for (const lock of locks) {
      const packages: StatusPackage[] = lock.packages.map(({ name, version, architecture }) => ({
        ...{ name, version, architecture },
        source: byKey.get(`${name} ${version}`) ?? byName.get(name),
      }));
      const expected = await askDebsecan(data, { release, packages });
      const listed = { baseline: baselineOf(release), directory };
      const hosts = [{ name: 'host', lock, changes: null }];
      const findings = await findAdvisories({ listed, baselines: [listed], hosts, context });
      const [host] = findings?.hosts ?? [];
      expect(host?.mended).toEqual([]);
      const ours = (host?.open ?? []).flatMap(({ id, packages: affected }) =>
        affected.map(({ name }) => `${id} ${name}`),
      );
      expect([...new Set(ours)].toSorted()).toEqual(expected);
      found += expected.length;
    }
    expect(found).toBeGreaterThan(100);
  },
);

function asInstalled({ name, version, architecture, source }: PackageEntry): StatusPackage {
  return { name, version, architecture, source };
}

async function keep(directory: string, release: string, data: Buffer): Promise<void> {
  await mkdir(join(directory, 'advisories'));
  const fact = { sizeBytes: data.length, sha256: sha256Hex(data) };
  await writeFile(keptAdvisoryPath(directory, fact.sha256), data);
  const time = '2026-01-01T00:00:00Z';
  const one = {
    ...{ name: 'debsecan', format: 'debsecan', releases: [release], from: 'x', dated: time, taken: time },
    ...{ issues: 1, original: fact, kept: fact, isCompressed: false },
  };
  await writeJsonFile(advisoryRecordPath(directory), { schema: 'pommgr/advisories/v1', data: [one] });
}

/** As much of a baseline as says where its packages are from. */
function baselineOf(codename: string): Baseline {
  const content = {
    mirrors: [{ id: 'debian', release: { origin: 'Debian' } }],
    targets: [{ codename, mirrors: ['debian'] }],
  };
  return { name: 'test-1', sequence: 1, digest: '0'.repeat(64), content } as unknown as Baseline;
}
