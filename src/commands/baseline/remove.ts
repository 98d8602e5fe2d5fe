import { Args, Flags } from '@oclif/core';
import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { baselineRemoveText } from '../../snapshot/ui/removal-text.ts';
import { baselineRemove, type BaselineRemoveResult } from '../../snapshot/workflows/baseline-remove.ts';

export default class BaselineRemove extends BaseCommand {
  static override summary = 'Remove baselines, and the snapshots and files that only they use.';
  static override description = `What a kept baseline of any track uses stays, and so do snapshots that no
baseline names. Numbers are not given out again. Bundles on media are not
touched. The setting "retention" does this after each snapshot.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> pve9-prod-3 pve9-prod-4 --dry-run',
      description: 'Show what would go, and how much it frees.',
    },
    { command: '<%= config.bin %> <%= command.id %> pve9-prod-3', description: 'Remove one.' },
  ];
  static override args = {
    name: Args.string({ required: true, multiple: true, description: 'Names of the baselines.' }),
  };
  static override flags = {
    ...configFlag,
    'allow-newest': Flags.boolean({ summary: 'Remove even the newest baseline of a track.' }),
    'dry-run': Flags.boolean({ summary: 'Show what would be removed; change nothing.' }),
  };

  protected readonly resultName = 'baseline-remove-result';

  async run(): Promise<BaselineRemoveResult> {
    const { args, flags } = await this.parse(BaselineRemove);
    const result = await baselineRemove({
      configFile: flags.config,
      names: args.name,
      allowNewest: flags['allow-newest'],
      dryRun: flags['dry-run'],
      context: this.context(flags),
    });
    this.print(baselineRemoveText(result));
    return result;
  }
}
