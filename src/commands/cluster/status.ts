import { BaseCommand } from '../../core/ui/base-command.ts';
import { clusterStatusText } from '../../cluster/ui/cluster-status-text.ts';
import type { RolloutStatus } from '../../cluster/domain/rollout.ts';
import { clusterStatus } from '../../cluster/workflows/cluster-status.ts';

export default class ClusterStatus extends BaseCommand {
  static override summary = 'Show the rollout under way: who holds the cluster, and how far each node is.';
  static override description = `Reads /etc/pve/pommgr-rollout.json, which "pommgr cluster gate --record"
writes, on any node of the cluster.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'Which node is being worked on?' },
  ];

  protected readonly resultName = 'cluster-status-result';

  async run(): Promise<RolloutStatus> {
    const { flags } = await this.parse(ClusterStatus);
    const result = await clusterStatus({ context: this.context(flags) });
    this.print(clusterStatusText(result));
    return result;
  }
}
