import { Flags } from '@oclif/core';
import { configFlag } from '../core/ui/config-flag.ts';
import { BaseCommand } from '../core/ui/base-command.ts';
import { retentionText } from '../snapshot/ui/removal-text.ts';
import { snapshotText } from '../snapshot/ui/snapshot-text.ts';
import { snapshotAndRetain, type RetainedSnapshot } from '../snapshot/workflows/snapshot-and-retain.ts';

export default class Snapshot extends BaseCommand {
  static override summary = 'Take a snapshot of every mirror and tie them together as a new baseline.';
  static override description = `Checks the signed Release file of each mirror against its keyring, fetches
what the pool lacks, and writes the baseline: a manifest of every package with
a digest that depends on its content alone. When upstream did not change since
the last baseline it says so and makes none. With "retention" in the config,
baselines beyond it are removed once the new one is there.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'Make the next baseline.' },
    {
      command: '<%= config.bin %> <%= command.id %> --dry-run',
      description: 'Show what would be fetched; change nothing.',
    },
  ];
  static override flags = {
    ...configFlag,
    'dry-run': Flags.boolean({ summary: 'Show what would be fetched and made; change nothing.' }),
    force: Flags.boolean({ summary: 'Make a baseline although upstream did not change.' }),
  };

  protected readonly resultName = 'snapshot-result';

  async run(): Promise<RetainedSnapshot> {
    const { flags } = await this.parse(Snapshot);
    const result = await snapshotAndRetain({
      configFile: flags.config,
      context: this.context(flags),
      dryRun: flags['dry-run'],
      force: flags.force,
    });
    this.print([snapshotText(result), retentionText(result.retention)].join('\n'));
    return result;
  }
}
