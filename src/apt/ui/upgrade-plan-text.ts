/** What apt would do, as a person reads it. */
import type { PlannedChange, UpgradePlan } from '../domain/apt-simulation.ts';
import { formatTable } from '../../core/ui/format.ts';

export function upgradePlanText(plan: UpgradePlan): string {
  const rows = planRows(plan);
  if (rows.length === 0) return 'apt-get dist-upgrade would change nothing.';
  return `apt-get dist-upgrade would do this:\n${formatTable(['STEP', 'PACKAGE', 'FROM', 'TO'], rows)}`;
}

/** Under STEP, PACKAGE, FROM, TO. */
export function planRows({ upgrade, install, downgrade, remove }: UpgradePlan): string[][] {
  return [
    ...upgrade.map((change) => row('upgrade', change)),
    ...install.map((change) => row('install', change)),
    ...downgrade.map((change) => row('downgrade', change)),
    ...remove.map((change) => row('remove', change)),
  ];
}

function row(step: string, { name, architecture, from, to }: PlannedChange): string[] {
  return [step, `${name}:${architecture}`, from ?? '-', to ?? '-'];
}
