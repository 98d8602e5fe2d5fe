/** Compares the space that an upgrade needs, by file system, with the free space. */
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import type { UpgradeSizes } from '../../apt/domain/upgrade-sizes.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import { findBootPlaces, loaderBytes, roomFor } from '../adapters/boot-places.ts';
import { bootSpaceNeeds } from '../domain/boot-space.ts';
import type { PackageForecast, SpaceNeed } from '../domain/forecast.ts';
import type { PackagePlaces } from './package-places.ts';

export async function findSpace(
  planned: { aptRoot: AptRoot; plan: UpgradePlan; sizes: UpgradeSizes; places: PackagePlaces },
  facts: {
    parts: readonly Pick<PackageForecast, 'installedBytes'>[];
    bootFiles: ReadonlyMap<string, number>;
    kernels: { largestInitramfsBytes: number | null };
  },
): Promise<SpaceNeed[]> {
  const { aptRoot, plan, sizes, places } = planned;
  const incoming = plan.incoming;
  if (incoming.length === 0) return [];
  const largest = Math.max(...facts.parts.map(({ installedBytes }) => installedBytes));
  const unpacked = await roomFor(aptRoot, '/usr');
  const needs: SpaceNeed[] = [
    {
      ...unpacked,
      what: 'the packages, unpacked',
      // dpkg unpacks a package beside the old one before it removes that.
      neededBytes: Math.max(0, sizes.diskBytes) + largest,
      estimate: "by the packages' own sizes, and the largest one is there twice for a moment",
    },
  ];
  if (places.copies) {
    const archives = await roomFor(aptRoot, '/var/cache/apt/archives');
    needs.push({
      ...archives,
      ...{ what: 'package files that apt fetches', neededBytes: sizes.downloadBytes, estimate: null },
    });
  }
  const boot = bootSpaceNeeds(await findBootPlaces(aptRoot), {
    bootFiles: facts.bootFiles,
    largestInitramfsBytes: facts.kernels.largestInitramfsBytes,
    loaderBytes: await loaderBytes(aptRoot),
    names: incoming.map(({ name }) => name),
  });
  return [...needs, ...boot];
}
