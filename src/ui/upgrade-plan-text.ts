/** What apt would do, as a person reads it. */
import type { PlannedChange, UpgradePlan } from '../domain/apt-simulation.ts';
import { formatTable } from './format.ts';

export function upgradePlanText(plan: UpgradePlan): string {
  const rows = [
    ...plan.upgrade.map((change) => row('upgrade', change)),
    ...plan.install.map((change) => row('install', change)),
    ...plan.downgrade.map((change) => row('downgrade', change)),
    ...plan.remove.map((change) => row('remove', change)),
  ];
  if (rows.length === 0) return 'apt-get dist-upgrade would change nothing.';
  return `apt-get dist-upgrade would do this:\n${formatTable(['STEP', 'PACKAGE', 'FROM', 'TO'], rows)}`;
}

function row(step: string, { name, architecture, from, to }: PlannedChange): string[] {
  return [step, `${name}:${architecture}`, from ?? '-', to ?? '-'];
}
