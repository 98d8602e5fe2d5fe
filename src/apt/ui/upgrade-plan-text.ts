/** Formats an apt plan for people. */
import type { PlannedChanges, UpgradePlan } from '../domain/apt-simulation.ts';
import type { PlannedChange } from '../domain/planned-change.ts';
import { wrapText } from '../../core/domain/text-width.ts';
import type { UpgradeSizes } from '../domain/upgrade-sizes.ts';
import { formatBytes, formatTable } from '../../core/ui/format.ts';

/** `sizes` is given where they were requested. */
export function upgradePlanText(plan: UpgradePlan, sizes: UpgradeSizes | null = null): string {
  const rows = planRows(plan);
  if (rows.length === 0) return 'apt-get dist-upgrade would change nothing.';
  return [
    ...jumpLines(plan.jumps),
    'apt-get dist-upgrade would do this:',
    formatTable(['STEP', 'PACKAGE', 'FROM', 'TO'], rows, { lead: ['STEP', 'PACKAGE'] }),
    ...(sizes === null ? [] : [sizesText(sizes)]),
  ].join('\n');
}

function jumpLines(jumps: UpgradePlan['jumps']): string[] {
  if (jumps.length === 0) return [];
  return [
    'Read this before you upgrade:',
    ...jumps.flatMap(({ what, steps }) => [
      ...indented('  ', what),
      ...steps.flatMap((step) => indented('    - ', step)),
    ]),
    '',
  ];
}

function indented(first: string, text: string): string[] {
  return wrapText(text, 80 - first.length).map(
    (line, index) => `${index === 0 ? first : ' '.repeat(first.length)}${line}`,
  );
}

function sizesText({ downloadBytes, diskBytes }: UpgradeSizes): string {
  const disk = diskBytes < 0 ? 'frees' : 'uses another';
  return `It reads ${formatBytes(downloadBytes)} of packages and ${disk} ${formatBytes(Math.abs(diskBytes))} of disk space.`;
}

/** Returns rows with the columns STEP, PACKAGE, FROM, TO. */
export function planRows({ upgrade, install, downgrade, remove }: PlannedChanges): string[][] {
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
