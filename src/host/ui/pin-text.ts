/** Formats the outcome of `pin` for people. */
import type { PinReport } from '../domain/pin-report.ts';
import type { Pins } from '../../store/domain/store-state.ts';
import { formatCount, formatTable } from '../../core/ui/format.ts';
import { upgradePlanText } from '../../apt/ui/upgrade-plan-text.ts';

export function pinText(report: PinReport): string {
  const { unavailable, applied, plan } = report;
  const parts = [headline(report)];
  if (unavailable.length > 0) {
    const rows = unavailable.map(({ name, architecture, version }) => [`${name}:${architecture}`, version]);
    parts.push(
      `Not held, because ${applied} does not have that version:`,
      formatTable(['PACKAGE', 'VERSION'], rows),
    );
  }
  if (plan !== null) parts.push(upgradePlanText(plan));
  return parts.join('\n');
}

function headline({ outcome, pins, packages }: PinReport): string {
  const held = pins === null ? '' : heldText(pins, packages);
  switch (outcome) {
    case 'pinned':
      return `Pinned ${held}.`;
    case 'unpinned':
      return 'The pins are gone.';
    case 'unchanged':
      return pins === null ? 'There were no pins; nothing was changed.' : `Pinned already: ${held}.`;
    case 'would-pin':
      return `Would pin ${held}. Nothing was changed: this was a dry run.`;
    case 'would-unpin':
      return 'Would take the pins away. Nothing was changed: this was a dry run.';
  }
}

function heldText({ scope, baseline }: Pins, packages: number): string {
  return `${formatCount(packages, 'package')} (${scope}) to the versions of ${baseline}`;
}
