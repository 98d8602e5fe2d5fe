import { Flags } from '@oclif/core';
import type { RestoreReport } from '../restore/domain/restore-report.ts';
import { BaseCommand } from '../core/ui/base-command.ts';
import { askPassphrase } from '../core/ui/passphrase-prompt.ts';
import { restoreText } from '../restore/ui/restore-text.ts';
import { dryRunFlag, storeFlags } from '../store/ui/store-flags.ts';
import { restore } from '../restore/workflows/restore.ts';

export default class Restore extends BaseCommand {
  static override summary = "Make a host's installed packages exactly those of a baseline or a host lock.";
  static override description = `Without --lock: what is installed, in the versions of the baseline. With it:
the very packages of the lock. Everything is planned, checked and hashed
before apt runs; packages that no baseline knows are left. What apt sees is
not changed, that is for apply. Configuration files that were changed on the
host stay as they are. Running it again after an interruption goes on from
there. Of a saved identity, fstab, storage.cfg and the configuration database
of Proxmox VE are laid below /root/pommgr-identity, and the rest is put back.
What no baseline holds, such as a .deb that was installed by hand, is
listed. Exit code 1 when something is still different, with --strict also for
that. pommgr's own package is on media: with --media it is installed where it
is missing, or older than the lock names, from the runtime that was signed.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --dry-run',
      description: 'Show what it would take to get to the applied baseline.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --lock host.lock.json --allow-removals',
      description: 'Rebuild a reinstalled host after "pommgr apply".',
    },
  ];
  static override flags = {
    baseline: Flags.string({
      summary: "Baseline of the store. Default: the lock's, else the applied one.",
      helpValue: 'NAME',
    }),
    lock: Flags.file({ summary: 'Host lock to restore.', helpValue: 'FILE' }),
    media: Flags.directory({
      summary: "Install pommgr itself from this medium's runtime, where it is missing.",
      helpValue: 'DIR',
    }),
    identity: Flags.directory({
      summary: 'Put the identity that was saved in this directory back first.',
      helpValue: 'DIR',
    }),
    'allow-downgrades': Flags.boolean({ summary: 'Put older versions in the place of newer ones.' }),
    'allow-removals': Flags.boolean({ summary: 'Remove what is not wanted.' }),
    'remove-foreign': Flags.boolean({ summary: 'Remove packages that no baseline knows, too.' }),
    strict: Flags.boolean({ summary: 'Exit with 1 for packages that no baseline holds, too.' }),
    'trust-expired-upstream': Flags.boolean({
      summary: "Go by the bundle's signature where upstream's key has expired since.",
    }),
    ...dryRunFlag,
    target: Flags.string({ summary: 'Target, where several fit the host.', helpValue: 'NAME' }),
    ...storeFlags,
  };

  protected readonly resultName = 'restore-result';

  async run(): Promise<RestoreReport> {
    const { flags } = await this.parse(Restore);
    const { root, store, baseline, lock, target, media, identity } = flags;
    const report = await restore({
      ...{ root, store, baseline, lock, target, media, identity, askPassphrase },
      allowDowngrades: flags['allow-downgrades'],
      allowRemovals: flags['allow-removals'],
      removeForeign: flags['remove-foreign'],
      trustExpiredUpstream: flags['trust-expired-upstream'],
      dryRun: flags['dry-run'],
      context: this.context(flags),
    });
    const outside = flags.strict ? report.foreign.length + report.unavailable.length : 0;
    if (report.differences.length + outside > 0) this.answerNo();
    const given = report.decisions.filter((decision) =>
      Object.entries(flags).some(([name, value]) => name === decision && value === true),
    );
    this.print(restoreText(report, given));
    return report;
  }
}
