import { Flags } from '@oclif/core';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { hostDriftText } from '../../restore/ui/host-text.ts';
import { storeFlags } from '../../store/ui/store-flags.ts';
import { hostDrift, type HostDriftReport } from '../../restore/workflows/host-drift.ts';

export default class HostDrift extends BaseCommand {
  static override summary = 'Show which packages of a host are not those of a baseline or a host lock.';
  static override description = `behind and ahead: installed in another version. missing: in the lock and not
installed. extra: installed from a baseline, and not in the lock. foreign:
installed, and known to no baseline, such as a .deb that somebody installed
by hand; that is no drift, unless --strict says so. Exit code 0: no drift.
1: there is some.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %>',
      description: 'Compare this host with the baseline that is applied.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --against /srv/backup/host.lock.json',
      description: 'Compare it with what it was.',
    },
  ];
  static override flags = {
    against: Flags.string({
      summary: 'Baseline of the store, or file of a host lock. Default: the applied baseline.',
      helpValue: 'NAME|FILE',
    }),
    strict: Flags.boolean({ summary: 'Treat foreign packages as drift.' }),
    ...storeFlags,
  };

  protected readonly resultName = 'host-drift-result';

  async run(): Promise<HostDriftReport> {
    const { flags } = await this.parse(HostDrift);
    const { root, store, against, strict } = flags;
    const report = await hostDrift({ root, store, against, strict });
    if (!report.same) this.answerNo();
    this.print(hostDriftText(report));
    return report;
  }
}
