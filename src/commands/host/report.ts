import { Flags } from '@oclif/core';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { hostReportText } from '../../host/ui/report-text.ts';
import { reportHost, type ReportResult } from '../../host/workflows/report.ts';
import { storeFlags } from '../../store/ui/store-flags.ts';

export default class HostReport extends BaseCommand {
  static override summary = 'Leave a signed report of this host on a medium: receipt, host lock, wishes.';
  static override description = `The online side takes it in by "pommgr snapshot --media DIR", once it trusts
the host's key ("pommgr host trust"). A wish is a package that somebody here
wants; it stays in every report until a baseline has it. Nothing else on the
host or the medium changes. "pommgr apply --receipt" leaves the same report.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb',
      description: 'Report what is installed here.',
    },
    {
      command:
        '<%= config.bin %> <%= command.id %> --media /mnt/usb --install htop --why "see what loads the node"',
      description: 'Ask for a package too.',
    },
  ];
  static override flags = {
    media: Flags.directory({
      required: true,
      summary: 'Directory of the medium; the report goes into its receipts/.',
      helpValue: 'DIR',
    }),
    install: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Package that is wanted here.',
      helpValue: 'PKG',
    }),
    why: Flags.string({ dependsOn: ['install'], summary: 'What it is wanted for.', helpValue: 'TEXT' }),
    who: Flags.string({
      dependsOn: ['install'],
      summary: 'Who wants it. Default: the user who runs this.',
      helpValue: 'NAME',
    }),
    withdraw: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Package that is no longer wanted.',
      helpValue: 'PKG',
    }),
    ...storeFlags,
  };

  protected readonly resultName = 'host-report-result';

  async run(): Promise<ReportResult> {
    const { flags } = await this.parse(HostReport);
    const { root, store, media, install = [], withdraw = [], why, who } = flags;
    const report = await reportHost({
      ...{ root, store, media, install, withdraw, why, who },
      context: this.context(flags),
    });
    this.print(hostReportText(report));
    return report;
  }
}
