import { BaseCommand } from '../../core/ui/base-command.ts';
import { storeFlags } from '../../store/ui/store-flags.ts';
import type { WayPlan } from '../../upgrade/domain/way-plan.ts';
import { wayFlags } from '../../upgrade/ui/way-flags.ts';
import { wayPlanText } from '../../upgrade/ui/way-plan-text.ts';
import { plan } from '../../upgrade/workflows/plan.ts';

export default class UpgradeReleasePlan extends BaseCommand {
  static override summary = 'Show every stage of a major upgrade, and what apt would do there.';
  static override description = `Asks this host's apt for the plan of the stage that is in turn, and for each
stage after it on the host as the stage before leaves it: packages, sizes,
questions about configuration files, restarts, room, and what is refused, such
as the removal of proxmox-ve. Needs a baseline with a way of a major upgrade
in the store ("pommgr apply"). Changes nothing. Exit code 1 when a stage is
refused or cannot be planned.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'Before the maintenance window.' },
  ];
  static override flags = { ...wayFlags, ...storeFlags };

  protected readonly resultName = 'upgrade-plan-result';

  async run(): Promise<WayPlan> {
    const { flags } = await this.parse(UpgradeReleasePlan);
    const { root, store, baseline, way } = flags;
    const report = await plan({ root, store, baseline, way, context: this.context(flags) });
    if (report.verdict === 'stop') this.answerNo();
    this.print(wayPlanText(report));
    return report;
  }
}
