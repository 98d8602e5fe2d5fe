/** Computes dpkg's status file as a plan would leave it, for the simulation of the next stage. Pure. */
import { aptName } from '../../apt/domain/apt-policy.ts';
import type { UpgradePlan } from '../../apt/domain/apt-simulation.ts';
import type { InstalledPackage } from '../../apt/domain/host.ts';
import type { SimulatedHost } from '../../host/domain/simulated-host.ts';

/**
 * `status` is dpkg's text before, `incoming` the stanzas of the packages that the plan installs, as `apt-cache show`
 * prints them. Where a stanza is missing, the package counts as absent.
 */
export function simulatedHost(
  { status, incoming }: { status: string; incoming: string },
  { plan, nativeArchitecture }: { plan: UpgradePlan; nativeArchitecture: string },
): SimulatedHost {
  const nameOf = (stanza: string): string =>
    aptName(
      { name: fieldOf(stanza, 'Package'), architecture: fieldOf(stanza, 'Architecture') },
      nativeArchitecture,
    );
  const changed = new Set(
    [...plan.incoming, ...plan.remove].map((item) => aptName(item, nativeArchitecture)),
  );
  const kept = stanzasOf(status).filter((stanza) => !changed.has(nameOf(stanza)));
  const added = stanzasOf(incoming).map((stanza) => `${stanza}\nStatus: install ok installed`);
  const stanzas = [...kept, ...new Map(added.map((stanza) => [nameOf(stanza), stanza])).values()];
  return {
    status: stanzas.map((stanza) => `${stanza}\n\n`).join(''),
    packages: stanzas.map(packageOf),
  };
}

function packageOf(stanza: string): InstalledPackage {
  return {
    name: fieldOf(stanza, 'Package'),
    version: fieldOf(stanza, 'Version'),
    architecture: fieldOf(stanza, 'Architecture'),
    status: fieldOf(stanza, 'Status').split(' ')[2] ?? '',
  };
}

function stanzasOf(text: string): string[] {
  return text
    .split(/\n(?:[ \t]*\n)+/)
    .map((stanza) => stanza.trim())
    .filter((stanza) => stanza.startsWith('Package:') || stanza.includes('\nPackage:'));
}

function fieldOf(stanza: string, name: string): string {
  return new RegExp(`^${name}: *(.*)$`, 'm').exec(stanza)?.[1]?.trim() ?? '';
}
