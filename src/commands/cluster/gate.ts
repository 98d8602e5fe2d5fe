import { Flags } from '@oclif/core';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { clusterOwner } from '../../cluster/ui/owner.ts';
import { gateText } from '../../cluster/ui/gate-text.ts';
import type { GateReport } from '../../cluster/domain/gate.ts';
import { gate } from '../../cluster/workflows/gate.ts';

const mebibyte = 1024 * 1024;

export default class ClusterGate extends BaseCommand {
  static override summary = 'Judge whether a node may be drained, upgraded, rebooted, or left for the next.';
  static override description = `Asks the tools of the cluster (pvesh, pvecm, ceph) on any of its nodes and
says go or stop, with every reason, what was seen and what would be enough.
What is unknown or older than a minute stops. It changes nothing, unless
--record writes a go into /etc/pve/pommgr-rollout.json: then the cluster is
held for this owner, and a node counts as done only after "--before next
--record"; a signed entry in this host's store says who was let do what, on
what facts. Exit code 1 for stop.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --node pve2 --before drain --record',
      description: 'May the guests of pve2 be taken away? Hold the cluster if so.',
    },
    {
      command:
        '<%= config.bin %> <%= command.id %> --node pve2 --before upgrade --forecast pve2.json --record',
      description: 'May it be upgraded? The forecast was made on the node.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --node pve2 --before next --record --json',
      description: 'Is it proven back, so that the next node may be begun?',
    },
  ];
  static override flags = {
    node: Flags.string({ required: true, summary: 'The node in question.', helpValue: 'NAME' }),
    before: Flags.option({
      options: ['drain', 'upgrade', 'reboot', 'next'] as const,
      required: true,
      summary: 'What is about to be done.',
    })(),
    record: Flags.boolean({ summary: 'Write a go into the rollout of the cluster.' }),
    owner: Flags.string({ summary: 'Who holds the cluster. Default: USER@HOST.', helpValue: 'NAME' }),
    'take-over': Flags.boolean({ summary: 'Take over the rollout of an owner whose run has died.' }),
    forecast: Flags.file({
      summary: 'What "pommgr forecast --json" printed on the node.',
      helpValue: 'FILE',
    }),
    'accept-guest': Flags.integer({
      multiple: true,
      summary: 'Guest that may stay on the node and end with it.',
      helpValue: 'VMID',
    }),
    'window-minutes': Flags.integer({
      default: 30,
      min: 1,
      max: 1440,
      summary: 'No backup or replication may begin within it.',
    }),
    'needed-mib': Flags.integer({
      default: 2048,
      min: 1,
      summary: 'Free on the root file system before an upgrade.',
    }),
    log: Flags.file({
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: ['record'],
      summary: 'Log of what was done since the last go, for the signed record.',
      helpValue: 'FILE',
    }),
    store: Flags.string({
      dependsOn: ['record'],
      summary: 'Store that keeps the record. Default: that of this host.',
      helpValue: 'DIR',
    }),
    'planned-kernel': Flags.string({ summary: 'Kernel that is to run afterwards.', helpValue: 'RELEASE' }),
    'planned-version': Flags.string({
      summary: 'What pveversion is to say afterwards.',
      helpValue: 'VERSION',
    }),
  };

  protected readonly resultName = 'cluster-gate-result';

  async run(): Promise<GateReport> {
    const { flags } = await this.parse(ClusterGate);
    const { node, before, record, forecast } = flags;
    const report = await gate({
      ...{ node, before, record, forecast },
      owner: flags.owner ?? clusterOwner(),
      takeOver: flags['take-over'],
      windowMinutes: flags['window-minutes'],
      neededBytes: flags['needed-mib'] * mebibyte,
      acceptedGuests: flags['accept-guest'] ?? [],
      plannedKernel: flags['planned-kernel'],
      plannedVersion: flags['planned-version'],
      ...{ store: flags.store, logFiles: flags.log },
      context: this.context(flags),
    });
    if (report.verdict === 'stop') this.answerNo();
    this.print(gateText(report));
    return report;
  }
}
