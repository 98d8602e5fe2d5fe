import { Flags } from '@oclif/core';
import type { PinReport } from '../host/domain/pin-report.ts';
import { BaseCommand } from '../core/ui/base-command.ts';
import { pinText } from '../host/ui/pin-text.ts';
import { dryRunFlag, storeFlags } from '../store/ui/store-flags.ts';
import { pin } from '../host/workflows/pin.ts';

export default class Pin extends BaseCommand {
  static override summary = "Hold packages at a baseline's versions, whatever other sources offer.";
  static override description = `Writes apt preferences of priority 990: more than any other source has, and
less than what would make apt downgrade. The next apply or rollback writes
them anew, for its baseline. Other APT sources stay where they are.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --scope installed',
      description: 'Hold what is installed to the versions of the applied baseline.',
    },
    { command: '<%= config.bin %> <%= command.id %> --remove', description: 'Take the pins away.' },
  ];
  static override flags = {
    scope: Flags.option({
      options: ['installed', 'proxmox', 'all'] as const,
      summary: "Which packages: the installed ones, those of Proxmox's repositories, or all.",
      description: 'Default: as before, else installed.',
      exclusive: ['remove'],
    })(),
    baseline: Flags.string({
      summary: 'Hold to the versions of this stored baseline. Default: the applied one.',
      helpValue: 'NAME',
      relationships: [{ type: 'none', flags: ['remove'] }],
    }),
    remove: Flags.boolean({ default: false, summary: 'Take the pins away.' }),
    ...storeFlags,
    ...dryRunFlag,
  };

  protected readonly resultName = 'pin-result';

  async run(): Promise<PinReport> {
    const { flags } = await this.parse(Pin);
    const { root, store, scope, baseline, remove } = flags;
    const context = this.context(flags);
    const report = await pin({ root, store, scope, baseline, remove, dryRun: flags['dry-run'], context });
    this.print(pinText(report));
    return report;
  }
}
