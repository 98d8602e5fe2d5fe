import { Flags } from '@oclif/core';
import type { ApplyReport } from '../domain/apply-report.ts';
import { applyText } from '../ui/apply-text.ts';
import { BaseCommand } from '../ui/base-command.ts';
import { apply } from '../workflows/offline/apply.ts';

export default class Apply extends BaseCommand {
  static override summary = "Make a host's apt see exactly the baseline of a bundle.";
  static override description = `Checks the whole bundle and copies it into the store; only then sets other
sources aside and switches apt to the baseline, in one step. Installs and
upgrades nothing: it shows what apt-get dist-upgrade would do. When apt
refuses, what was there before comes back. Running it again after an
interruption undoes or finishes the work.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb',
      description: "Apply the newest bundle of the host's track.",
    },
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb --dry-run',
      description: 'Check everything and show what would change; change nothing.',
    },
  ];
  static override flags = {
    media: Flags.directory({ required: true, summary: 'Directory of the medium.', helpValue: 'DIR' }),
    root: Flags.directory({
      summary: "Work on the system below this directory. Default: the machine's own.",
      helpValue: 'DIR',
    }),
    store: Flags.string({
      summary: 'The store. Default: as the host is configured, else /var/lib/pommgr.',
      helpValue: 'DIR',
    }),
    target: Flags.string({ summary: 'Target to apply, where several fit the host.', helpValue: 'NAME' }),
    bundle: Flags.string({
      summary: "Bundle to apply. Default: the highest of the host's track.",
      helpValue: 'NAME',
    }),
    'allow-older': Flags.boolean({ summary: 'Apply a baseline older than the newest applied so far.' }),
    'switch-track': Flags.boolean({ summary: 'Apply a baseline of another track than before.' }),
    'store-only': Flags.boolean({ summary: 'Copy the bundle into the store and stop there.' }),
    'dry-run': Flags.boolean({ summary: 'Check everything and show what would change; change nothing.' }),
  };

  protected readonly resultName = 'apply-result';

  async run(): Promise<ApplyReport> {
    const { flags } = await this.parse(Apply);
    const { media, root, store, target, bundle } = flags;
    const report = await apply({
      ...{ media, root, store, target, bundle },
      allowOlder: flags['allow-older'],
      switchTrack: flags['switch-track'],
      storeOnly: flags['store-only'],
      dryRun: flags['dry-run'],
      context: this.context(flags),
    });
    this.print(applyText(report));
    return report;
  }
}
