import { BaseCommand } from '../../core/ui/base-command.ts';
import { storeFlags } from '../../store/ui/store-flags.ts';
import type { WayStatus } from '../../upgrade/domain/way-status.ts';
import { wayFlags } from '../../upgrade/ui/way-flags.ts';
import { wayStatusText } from '../../upgrade/ui/way-status-text.ts';
import { status } from '../../upgrade/workflows/status.ts';

export default class UpgradeReleaseStatus extends BaseCommand {
  static override summary = 'Show where this host is in a major upgrade, and how to go on.';
  static override description =
    `Judges by what is installed, by dpkg's state and by what apt sees, not by what
was noted, so that it is right after an interruption, too. Shows which stages
are done, the commands to go on by hand, sources of the old release that are
set aside, and the log of an upgrade that pommgr runs. Changes nothing.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'After a lost connection, or a reboot.' },
  ];
  static override flags = { ...wayFlags, ...storeFlags };

  protected readonly resultName = 'upgrade-status-result';

  async run(): Promise<WayStatus> {
    const { flags } = await this.parse(UpgradeReleaseStatus);
    const { root, store, baseline, way } = flags;
    const report = await status({ root, store, baseline, way, context: this.context(flags) });
    this.print(wayStatusText(report));
    return report;
  }
}
