import { Flags } from '@oclif/core';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { clusterOwner } from '../../cluster/ui/owner.ts';
import { clusterSteps, type ClusterStepsResult } from '../../cluster/workflows/cluster-steps.ts';

export default class ClusterSteps extends BaseCommand {
  static override summary = 'Write the runbook of a rollout for doing it by hand.';
  static override description = `The steps for each node in the order of "cluster plan": apply, the gates,
guests that are moved or shut down, the upgrade, Ceph daemons, reboot, proof
that the node is back, and what to do when a step stops. The plan is made now,
or read from a file, for instance to print the runbook elsewhere. Exit code 1
where the plan has problems; the runbook says so, too.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --format html > steps.html',
      description: 'A page to print, on a node of the cluster.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --plan plan.json --lang ja --owner tanaka',
      description: 'In Japanese, from what "cluster plan --json" printed.',
    },
  ];
  static override flags = {
    plan: Flags.file({
      exclusive: ['forecast'],
      summary: 'What "pommgr cluster plan --json" printed. Default: plan now.',
      helpValue: 'FILE',
    }),
    forecast: Flags.file({
      multiple: true,
      multipleNonGreedy: true,
      summary: 'What "pommgr forecast --json" printed on a node.',
      helpValue: 'FILE',
    }),
    owner: Flags.string({
      summary: 'Who holds the cluster, the same on every node. Default: USER@HOST.',
      helpValue: 'NAME',
    }),
    media: Flags.string({
      default: '/mnt/usb',
      summary: 'Where the nodes mount the medium.',
      helpValue: 'DIR',
    }),
    format: Flags.option({
      options: ['text', 'md', 'html'] as const,
      default: 'text',
      summary: 'Text, Markdown, or one HTML page.',
    })(),
    lang: Flags.option({
      options: ['en', 'ja'] as const,
      default: 'en',
      summary: 'English or Japanese.',
    })(),
  };

  protected readonly resultName = 'cluster-steps-result';

  async run(): Promise<ClusterStepsResult> {
    const { flags } = await this.parse(ClusterSteps);
    const { format, lang, media } = flags;
    const steps = await clusterSteps({
      ...{ format, lang, media, planFile: flags.plan, owner: flags.owner ?? clusterOwner() },
      forecastFiles: flags.forecast ?? [],
      context: this.context(flags),
    });
    if (steps.verdict === 'stop') this.answerNo();
    this.printDocument(steps.text);
    return steps;
  }
}
