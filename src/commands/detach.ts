import { Flags } from '@oclif/core';
import type { DetachReport } from '../domain/detach-report.ts';
import { BaseCommand } from '../ui/base-command.ts';
import { detachText } from '../ui/detach-text.ts';
import { detach } from '../workflows/offline/detach.ts';

export default class Detach extends BaseCommand {
  static override summary = 'Give the host its own sources back.';
  static override description = `Puts every file that was set aside back to its place, byte for byte, or as an
upgrade of its package left it, and removes pommgr's links, preferences and
lists. The store and the audit log stay, and so do the trusted signing keys in
/etc/pommgr. Running it again after an interruption undoes or finishes the
work.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'Detach the host from its baseline.' },
    {
      command: '<%= config.bin %> <%= command.id %> --purge --dry-run',
      description: 'Show what would be put back and removed, the store included; change nothing.',
    },
  ];
  static override flags = {
    root: Flags.directory({
      summary: "Work on the system below this directory. Default: the machine's own.",
      helpValue: 'DIR',
    }),
    store: Flags.string({
      summary: 'The store. Default: as the host is configured, else /var/lib/pommgr.',
      helpValue: 'DIR',
    }),
    purge: Flags.boolean({ default: false, summary: 'Remove the store and the audit log, too.' }),
    'dry-run': Flags.boolean({ summary: 'Show what would change; change nothing.' }),
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
