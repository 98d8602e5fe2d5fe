import { Args } from '@oclif/core';
import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { baselineShowText } from '../../baseline/ui/baseline-text.ts';
import { baselineShow, type ShownBaseline } from '../../baseline/workflows/baseline.ts';

export default class BaselineShow extends BaseCommand {
  static override summary = 'Show what a baseline holds.';
  static override description = 'Mirrors, targets, sizes and the digest, which depends on the content alone.';
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: "The newest of the config's track." },
    {
      command: '<%= config.bin %> <%= command.id %> pve9-prod-12 --json',
      description: 'The whole document.',
    },
  ];
  static override args = {
    name: Args.string({ description: "Name of the baseline. Default: the newest of the config's track." }),
  };

  static override flags = { ...configFlag };

  protected readonly resultName = 'baseline-show-result';

  async run(): Promise<ShownBaseline> {
    const { args, flags } = await this.parse(BaselineShow);
    const shown = await baselineShow(flags.config, args.name);
    this.print(baselineShowText(shown));
    return shown;
  }
}
