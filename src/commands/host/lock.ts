import { Flags } from '@oclif/core';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { hostLockDocument, hostLockText } from '../../restore/ui/host-text.ts';
import { askNewPassphrase } from '../../core/ui/passphrase-prompt.ts';
import { storeFlags } from '../../store/ui/store-flags.ts';
import { hostLock, type HostLockReport } from '../../restore/workflows/host-lock.ts';

export default class HostLock extends BaseCommand {
  static override summary = 'Write down what is installed on a host, so that it can be restored.';
  static override description = `A host lock holds every installed package with version and marks, the
products, their server IDs, the applied baseline, and the public half of the
host's age key, to which subscription keys for it are encrypted. No secret is
in it; the key itself is made on first use and stays in the store. With
--identity it also saves what a reinstall would lose, encrypted: SSH host
keys, machine ID, subscriptions, host name, hosts, resolv.conf, interfaces,
fstab, and on Proxmox VE storage.cfg and a copy of the configuration database,
made while the cluster file system runs. The passphrase is asked for, or
POMMGR_IDENTITY_PASSPHRASE. Exit code 1 when a part of it could not be saved.
Beside a lock that is written to a file lies a rebuild sheet with this host's
commands in order, in English and Japanese, as text, Markdown and HTML; and
FILE.sig, by the host's own key (FILE.pub.pem): the online side encrypts to a
lock only when a host that it trusts signed it ("pommgr host trust").`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> -o /srv/backup/host.lock.json',
      description: 'Write the lock to a file.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> -o /mnt/safe/host.lock.json --identity /mnt/safe',
      description: 'Save the identity of the host beside it.',
    },
  ];
  static override flags = {
    output: Flags.string({
      char: 'o',
      summary: 'File to write; an older lock there is replaced. Default: standard output.',
      helpValue: 'FILE',
    }),
    identity: Flags.string({
      summary: "Save the host's identity, encrypted, in this directory.",
      helpValue: 'DIR',
    }),
    ...storeFlags,
  };

  protected readonly resultName = 'host-lock-result';

  async run(): Promise<HostLockReport> {
    const { flags } = await this.parse(HostLock);
    const { root, store, output, identity } = flags;
    const report = await hostLock({
      ...{ root, store, output, identity },
      askPassphrase: askNewPassphrase,
      context: this.context(flags),
    });
    if ((report.identity?.missing.length ?? 0) > 0) this.answerNo();
    if (report.file === null) this.printDocument(hostLockDocument(report));
    else this.print(hostLockText(report, report.file));
    return report;
  }
}
