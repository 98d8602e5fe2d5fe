import { Args } from '@oclif/core';
import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { baselineDiffText } from '../../baseline/ui/baseline-text.ts';
import { baselineDiff, type BaselineDiff as Diff } from '../../baseline/workflows/baseline.ts';

export default class BaselineDiff extends BaseCommand {
  static override summary = 'Show what changed between two baselines, by candidate version in each mirror.';
  static override description = 'Exit code 0: the same content. 1: they differ.';
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> pve9-prod-11 pve9-prod-12',
      description: 'What a host that has number 11 gets with number 12.',
    },
  ];
  static override args = {
    from: Args.string({ required: true, description: 'Name of the earlier baseline.' }),
    to: Args.string({ required: true, description: 'Name of the later baseline.' }),
  };

  static override flags = { ...configFlag };

  protected readonly resultName = 'baseline-diff-result';

  async run(): Promise<Diff> {
    const { args, flags } = await this.parse(BaselineDiff);
    const diff = await baselineDiff(flags.config, { from: args.from, to: args.to });
    if (!diff.same) this.answerNo();
    this.print(baselineDiffText(diff));
    return diff;
  }
}
