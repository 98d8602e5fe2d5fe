/** Computes what an upgrade reads and how much it installs, by the sizes that apt and dpkg know. */
import type { PlannedChanges } from './apt-simulation.ts';

export interface UpgradeSizes {
  /** Size of the package files that apt reads. */
  downloadBytes: number;
  /** Growth of the installed packages, by Installed-Size; negative where they shrink. */
  diskBytes: number;
}

export interface PackageSizes {
  fileBytes: number;
  installedBytes: number;
}

/** By `sizeKey`. */
export type SizesByPackage = ReadonlyMap<string, PackageSizes>;

function sizeKey({
  name,
  version,
  architecture,
}: Record<'name' | 'version' | 'architecture', string>): string {
  return `${name} ${version} ${architecture}`;
}

/** Parses the stanzas of `apt-cache show` (`Package`, `Version`, `Architecture`, `Size`, `Installed-Size` in KiB). */
export function parseShownSizes(output: string): Map<string, PackageSizes> {
  const sizes = new Map<string, PackageSizes>();
  for (const stanza of output.split(/\n\n+/)) {
    const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1] ?? '';
    const key = sizeKey({
      name: field('Package'),
      version: field('Version'),
      architecture: field('Architecture'),
    });
    const found = {
      fileBytes: Number(field('Size')),
      installedBytes: Number(field('Installed-Size')) * 1024,
    };
    // The first stanza is the candidate's; dpkg's own stanza of an installed package has no Size.
    if (stanza.trim() !== '' && !sizes.has(key) && found.fileBytes > 0) sizes.set(key, found);
  }
  return sizes;
}

/** `installed`: bytes by name and architecture, `<name> <architecture>`. */
export function upgradeSizes(
  plan: PlannedChanges,
  { offered, installed }: { offered: SizesByPackage; installed: ReadonlyMap<string, number> },
): UpgradeSizes {
  const sizes: UpgradeSizes = { downloadBytes: 0, diskBytes: 0 };
  for (const { name, architecture, to } of [...plan.install, ...plan.upgrade, ...plan.downgrade]) {
    const found = offered.get(sizeKey({ name, version: to ?? '', architecture }));
    sizes.downloadBytes += found?.fileBytes ?? 0;
    sizes.diskBytes += found?.installedBytes ?? 0;
  }
  for (const { name, architecture, from } of [...plan.upgrade, ...plan.downgrade, ...plan.remove]) {
    if (from === null) continue;
    sizes.diskBytes -= installed.get(`${name} ${architecture}`) ?? installed.get(`${name} all`) ?? 0;
  }
  return sizes;
}
