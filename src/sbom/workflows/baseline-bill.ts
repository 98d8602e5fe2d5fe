/** The bill of materials of a baseline, or of what the hosts of one of its targets see. */
import { join } from 'node:path';
import type { PackageEntry } from '../../apt/domain/package-entry.ts';
import type { Target } from '../../apt/domain/target.ts';
import { baselineDirectory } from '../../baseline/adapters/baseline-files.ts';
import { namedOrLatest } from '../../baseline/workflows/baseline.ts';
import { onlyCodename, readListedPackages } from '../../baseline/workflows/listed-packages.ts';
import { ownClosure, sharesOfPacked } from '../../bundle/adapters/packed-closure.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import { toolVersion } from '../../core/adapters/tool-version.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { snapshotPath } from '../../mirror/adapters/snapshot-directory.ts';
import { componentOfEntry, createRefs, type Bill, type SbomComponent } from '../domain/sbom.ts';
import { readLicenses } from './read-licenses.ts';

/** @throws PommgrError `config.baseline`, `usage.target` where the baseline has no such target. */
export async function openBaselineBill(
  configFile: string | undefined,
  {
    baseline: name,
    target,
    withLicenses,
  }: { baseline: string | undefined; target: string | undefined; withLicenses: boolean },
): Promise<Bill> {
  const config = await loadConfig(configFile);
  const baseline = await namedOrLatest(config, name);
  const { targets } = baseline.content;
  const of = target === undefined ? targets : targets.filter((item) => item.name === target);
  if (of.length === 0) throw noTarget(baseline.name, target, targets);
  const directory = baselineDirectory(config.stateDir, baseline.name);
  const shares = sharesOfPacked(await ownClosure(baseline, directory));
  const snapshots = new Map(
    baseline.snapshots.map(({ mirror, snapshot }) => [
      mirror,
      snapshotPath(config.baseDir, mirror, snapshot),
    ]),
  );
  const pathOf = ({ mirror, filename }: PackageEntry): string => join(snapshots.get(mirror) ?? '', filename);
  const listed = readListedPackages({ baseline, directory });
  const components = async function* (): AsyncGenerator<SbomComponent> {
    const withRef = createRefs();
    for await (const { entry, from } of listed)
      if (target === undefined || shares.ofPackage(entry).includes(target)) {
        const component = componentOfEntry(entry, from);
        const isRead = withLicenses && entry.architecture !== 'source';
        const licenses = isRead ? await readLicenses(pathOf(entry), entry.name) : null;
        yield withRef({ ...component, licenses });
      }
  };
  return {
    subject: {
      kind: target === undefined ? 'baseline' : 'target',
      name: target === undefined ? baseline.name : `${baseline.name} ${target}`,
      digest: baseline.digest,
      created: baseline.created,
      codename: onlyCodename(of),
      toolVersion: toolVersion(),
    },
    components: components(),
  };
}

function noTarget(baseline: string, target: string | undefined, targets: readonly Target[]): PommgrError {
  const names = targets.map(({ name }) => name);
  return new PommgrError(
    'usage.target',
    `The baseline ${baseline} has no target ${target}. It has: ${names.join(', ')}.`,
    { hints: ['Name one of these with --target.'], details: { target, known: names } },
  );
}
