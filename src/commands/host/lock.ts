import { Flags } from '@oclif/core';
import { BaseCommand } from '../../ui/base-command.ts';
import { hostLockText } from '../../ui/host-text.ts';
import { askNewPassphrase } from '../../ui/passphrase-prompt.ts';
import { hostLock, type HostLockReport } from '../../workflows/offline/host-lock.ts';

export default class HostLock extends BaseCommand {
  static override summary = 'Write down what is installed on a host, so that it can be restored.';
  static override description = `A host lock holds every installed package with version and marks, the
products, their server IDs and the applied baseline; no subscription key. With
--identity it also saves what a reinstall would lose, encrypted: SSH host
keys, machine ID, subscriptions and /etc/network/interfaces. The passphrase is
asked for, or POMMGR_IDENTITY_PASSPHRASE.`;
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
    root: Flags.directory({
      summary: "Look at the system below this directory. Default: the machine's own.",
      helpValue: 'DIR',
    }),
    store: Flags.string({
      summary: 'The store. Default: as the host is configured, else /var/lib/pommgr.',
      helpValue: 'DIR',
    }),
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
    this.print(hostLockText(report));
    return report;
  }
}
