import type { RollbackReport } from '../host/domain/rollback-report.ts';
import { BaseCommand } from '../core/ui/base-command.ts';
import { rollbackText } from '../host/ui/rollback-text.ts';
import { dryRunFlag, storeFlags } from '../store/ui/store-flags.ts';
import { rollback } from '../host/workflows/rollback.ts';

export default class Rollback extends BaseCommand {
  static override summary = "Switch a host's APT back to the baseline applied before.";
  static override description = `Switches apt's sources as apply does, to a baseline that is in the store
already. It changes no package: what is installed in a newer version stays,
and is listed. To downgrade it, run "pommgr restore --allow-downgrades"
afterwards.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %>',
      description: 'Go back by one baseline; once more, by two.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --dry-run',
      description: 'Show to which; change nothing.',
    },
  ];
  static override flags = {
    ...storeFlags,
    ...dryRunFlag,
  };

  protected readonly resultName = 'rollback-result';

  async run(): Promise<RollbackReport> {
    const { flags } = await this.parse(Rollback);
    const { root, store } = flags;
    const report = await rollback({ root, store, dryRun: flags['dry-run'], context: this.context(flags) });
    this.print(rollbackText(report));
    return report;
  }
}
