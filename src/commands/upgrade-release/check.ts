import { BaseCommand } from '../../core/ui/base-command.ts';
import { storeFlags } from '../../store/ui/store-flags.ts';
import type { CheckReport } from '../../upgrade/domain/checks/check-report.ts';
import { checkText } from '../../upgrade/ui/check-text.ts';
import { checkUpgrade } from '../../upgrade/workflows/check-upgrade.ts';

export default class UpgradeReleaseCheck extends BaseCommand {
  static override summary = 'Check whether a host is ready for the next major release.';
  static override description = `Checks what the upgrade guides of Proxmox VE 9, Backup Server 4, Mail Gateway
9 and Debian 13 ask for, without a network: all sources of both formats,
packages, room, kernel and boot loader, cluster, Ceph, guests, storages, and
what "pve8to9 --full", "pbs3to4 --full" and "pmg8to9" say where they are
installed. Each finding says what to do. A host that has the new release is
checked for what is left to do. Nothing is changed; pve8to9 mounts stopped
containers for a moment. Exit code 1 when a check fails or is unknown.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'Is this host ready?' },
    {
      command: '<%= config.bin %> <%= command.id %> --json > before.json',
      description: 'The same for programs, with the whole answers of the tools.',
    },
  ];
  static override flags = { ...storeFlags };

  protected readonly resultName = 'upgrade-check-result';

  async run(): Promise<CheckReport> {
    const { flags } = await this.parse(UpgradeReleaseCheck);
    const { root, store } = flags;
    const report = await checkUpgrade({ root, store, context: this.context(flags) });
    if (report.verdict === 'stop') this.answerNo();
    this.print(checkText(report));
    return report;
  }
}
