import type { Baseline } from '../../baseline/domain/baseline.ts';
import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { baselineListText } from '../../baseline/ui/baseline-text.ts';
import { baselineList } from '../../baseline/workflows/baseline.ts';

export default class BaselineList extends BaseCommand {
  static override summary = 'List the baselines.';
  static override description = 'All tracks, oldest first. The digests are shortened; --json has them whole.';
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'All baselines of this config.' },
  ];

  static override flags = { ...configFlag };

  protected readonly resultName = 'baseline-list-result';

  async run(): Promise<{ baselines: Baseline[] }> {
    const { flags } = await this.parse(BaselineList);
    const baselines = await baselineList(flags.config);
    this.print(baselineListText(baselines));
    return { baselines };
  }
}
