import { Flags } from '@oclif/core';
import type { DetachReport } from '../host/domain/detach-report.ts';
import { BaseCommand } from '../core/ui/base-command.ts';
import { askForPurge } from '../host/ui/purge-question.ts';
import { detachText } from '../host/ui/detach-text.ts';
import { dryRunFlag, storeFlags } from '../store/ui/store-flags.ts';
import { detach } from '../host/workflows/detach.ts';

export default class Detach extends BaseCommand {
  static override summary = "Restore the host's own APT sources.";
  static override description = `Puts every file that was set aside back to its place, byte for byte, or as an
upgrade of its package left it, and removes pommgr's links, preferences and
lists. The store, the audit log and the medium launcher pommgr-media stay, and
so do the trusted signing keys in /etc/pommgr. --purge removes all but the
keys: it names the secrets in the store (the host's age key, the key of its
receipts) and asks first. Without a terminal it removes secrets only with
--yes. Running it again after an interruption undoes or finishes the work.`;
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
      summary: 'Remove the store, the audit log and pommgr-media, too.',
    }),
    yes: Flags.boolean({
      dependsOn: ['purge'],
      summary: 'With --purge: remove the store and its secrets without a question.',
    }),
    ...dryRunFlag,
  };

  protected readonly resultName = 'detach-result';

  async run(): Promise<DetachReport> {
    const { flags } = await this.parse(Detach);
    const { root, store } = flags;
    // Without a default, for which --yes would not depend on it, a flag that is not given is undefined.
    const { purge = false } = flags as { purge?: boolean };
    const context = this.context(flags);
    const confirmPurge = flags.yes ? undefined : askForPurge;
    const report = await detach({ root, store, purge, confirmPurge, dryRun: flags['dry-run'], context });
    this.print(detachText(report));
    return report;
  }
}
