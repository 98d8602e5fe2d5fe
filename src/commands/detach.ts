import { Flags } from '@oclif/core';
import type { DetachReport } from '../host/domain/detach-report.ts';
import { BaseCommand } from '../core/ui/base-command.ts';
import { detachText } from '../host/ui/detach-text.ts';
import { dryRunFlag, storeFlags } from '../store/ui/store-flags.ts';
import { detach } from '../host/workflows/detach.ts';

export default class Detach extends BaseCommand {
  static override summary = 'Give the host its own sources back.';
  static override description = `Puts every file that was set aside back to its place, byte for byte, or as an
upgrade of its package left it, and removes pommgr's links, preferences and
lists. The store, the audit log and the medium launcher pommgr-media stay, and
so do the trusted signing keys in /etc/pommgr. Running it again after an
interruption undoes or finishes the work.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'Detach the host from its baseline.' },
    {
      command: '<%= config.bin %> <%= command.id %> --purge --dry-run',
      description: 'Show what would be put back and removed, the store included; change nothing.',
    },
  ];
  static override flags = {
    ...storeFlags,
    purge: Flags.boolean({
      default: false,
      summary: 'Remove the store, the audit log and pommgr-media, too.',
    }),
    ...dryRunFlag,
  };

  protected readonly resultName = 'detach-result';

  async run(): Promise<DetachReport> {
    const { flags } = await this.parse(Detach);
    const { root, store, purge } = flags;
    const context = this.context(flags);
    const report = await detach({ root, store, purge, dryRun: flags['dry-run'], context });
    this.print(detachText(report));
    return report;
  }
}
