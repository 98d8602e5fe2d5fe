/** Formats what each stage of a major upgrade will do on each host. */
import { formatTable } from '../../core/ui/format.ts';
import { hindranceText } from '../domain/stage-hindrances.ts';
import type { PlannedWay } from '../domain/way-plan.ts';

/** A table for each way, with a row for each stage of each host. */
export function plannedWaysText(ways: readonly PlannedWay[]): string {
  return ways
    .map(({ way, hosts }) => {
      const rows = hosts.flatMap(({ host, stages }) =>
        stages.map(({ number, target, install, upgrade, remove, hindrances = [] }) => [
          ...[host, `${number} ${target}`, String(upgrade), String(install), String(remove)],
          hindrances.map(hindranceText).join('; '),
        ]),
      );
      const columns = ['HOST', 'STAGE', 'UPGRADE', 'INSTALL', 'REMOVE', 'HINDRANCES'];
      return `Upgrade ${way}, as apt planned each stage:\n${formatTable(columns, rows)}`;
    })
    .join('\n\n');
}
