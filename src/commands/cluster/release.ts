import { Flags } from '@oclif/core';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { clusterOwner } from '../../cluster/ui/owner.ts';
import { release, type ReleaseReport } from '../../cluster/workflows/release.ts';

export default class ClusterRelease extends BaseCommand {
  static override summary = 'Give the cluster back before every node of the rollout is done.';
  static override description = `Ends the rollout under way: removes /etc/pve/pommgr-rollout.json, after a
signed entry in this host's store. Refused while a node is unfinished, and to
anybody but the owner. A rollout of all nodes ends by itself.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'Go on another day.' },
  ];
  static override flags = {
    owner: Flags.string({ summary: 'Who holds the cluster. Default: USER@HOST.', helpValue: 'NAME' }),
    'take-over': Flags.boolean({ summary: 'Release the rollout of an owner whose run has died.' }),
    store: Flags.string({
      summary: 'Store that keeps the record. Default: that of this host.',
      helpValue: 'DIR',
    }),
  };

  protected readonly resultName = 'cluster-release-result';

  async run(): Promise<ReleaseReport> {
    const { flags } = await this.parse(ClusterRelease);
    const report = await release({
      owner: flags.owner ?? clusterOwner(),
      takeOver: flags['take-over'],
      store: flags.store,
      context: this.context(flags),
    });
    const { released } = report;
    this.print(
      released === null
        ? 'Nobody holds the cluster.'
        : `The cluster is free. Done in this rollout: ${released.done.join(', ') || 'no node'}.`,
    );
    return report;
  }
}
