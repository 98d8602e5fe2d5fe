import { Flags } from '@oclif/core';
import { configFlag } from '../core/ui/config-flag.ts';
import { BaseCommand } from '../core/ui/base-command.ts';
import { askForWishes } from '../hosts/ui/wish-question.ts';
import { retentionText } from '../snapshot/ui/removal-text.ts';
import { snapshotText } from '../snapshot/ui/snapshot-text.ts';
import { snapshotAndRetain, type RetainedSnapshot } from '../snapshot/workflows/snapshot-and-retain.ts';

export default class Snapshot extends BaseCommand {
  static override summary = 'Take a snapshot of every mirror and tie them together as a new baseline.';
  static override description = `Checks the signed Release file of each mirror against its keyring, fetches
what the pool lacks, and writes the baseline: a manifest of every package with
a digest that depends on its content alone. When upstream did not change since
the last baseline it says so and makes none. With "retention" in the config,
baselines beyond it are removed once the new one is there. With --media it
first takes in what trusted hosts left there: their host locks, which closures
are made for, and their wishes, which join "install" after a yes.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'Make the next baseline.' },
    {
      command: '<%= config.bin %> <%= command.id %> --dry-run',
      description: 'Show what would be fetched; change nothing.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb',
      description: 'Take in the reports of the hosts first.',
    },
  ];
  static override flags = {
    ...configFlag,
    media: Flags.directory({
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Directory of a medium that came back: take in the reports of trusted hosts.',
      helpValue: 'DIR',
    }),
    'accept-requests': Flags.boolean({ summary: 'Agree to every wish of the hosts without asking.' }),
    'dry-run': Flags.boolean({ summary: 'Show what would be fetched and made; change nothing.' }),
    'accept-sequence': Flags.integer({
      exclusive: ['dry-run'],
      min: 1,
      summary: 'Continue from this sequence number, which a medium or a receipt shows.',
      helpValue: 'N',
    }),
    force: Flags.boolean({ summary: 'Make a baseline although upstream did not change.' }),
  };

  protected readonly resultName = 'snapshot-result';

  async run(): Promise<RetainedSnapshot> {
    const { flags } = await this.parse(Snapshot);
    const result = await snapshotAndRetain({
      configFile: flags.config,
      context: this.context(flags),
      media: flags.media ?? [],
      acceptWishes: flags['accept-requests'] ? () => Promise.resolve(true) : askForWishes,
      dryRun: flags['dry-run'],
      force: flags.force,
      acceptSequence: flags['accept-sequence'],
    });
    this.print([snapshotText(result), retentionText(result.retention)].join('\n'));
    return result;
  }
}
