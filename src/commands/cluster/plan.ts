import { Flags } from '@oclif/core';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { planText } from '../../cluster/ui/plan-text.ts';
import type { ClusterPlan as Plan } from '../../cluster/domain/plan.ts';
import { plan } from '../../cluster/workflows/plan.ts';

const mebibyte = 1024 * 1024;

export default class ClusterPlan extends BaseCommand {
  static override summary = 'Plan a rollout: the order of the nodes, and what each needs.';
  static override description = `Asks the tools of the cluster (pvesh, pvecm, ceph) on any of its nodes:
which node first, by MONs, guests, active MDS and the master of HA, the node
this runs on last; the memory that its guests need elsewhere, and what cannot
be migrated; packages, kernel, reboot and Ceph daemons. The forecasts of the
nodes, where named, say exactly what changes. Changes nothing; the gates judge
again before each step. Exit code 1 where something stands in the way.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'Which node first?' },
    {
      command: '<%= config.bin %> <%= command.id %> --forecast pve1.json --forecast pve2.json --json',
      description: 'With what "pommgr forecast --json" printed on the nodes.',
    },
  ];
  static override flags = {
    forecast: Flags.file({
      multiple: true,
      multipleNonGreedy: true,
      summary: 'What "pommgr forecast --json" printed on a node.',
      helpValue: 'FILE',
    }),
    'migration-mib': Flags.integer({
      default: 100,
      min: 1,
      summary: 'Memory that a migration moves in a second, in MiB.',
    }),
  };

  protected readonly resultName = 'cluster-plan-result';

  async run(): Promise<Plan> {
    const { flags } = await this.parse(ClusterPlan);
    const result = await plan({
      forecastFiles: flags.forecast ?? [],
      migrationBytesPerSecond: flags['migration-mib'] * mebibyte,
      context: this.context(flags),
    });
    if (result.verdict === 'stop') this.answerNo();
    this.print(planText(result));
    return result;
  }
}
