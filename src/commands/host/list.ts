import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { trustedHostsText } from '../../medium/ui/trusted-hosts-text.ts';
import type { TrustedKeysReport } from '../../trust/workflows/key-trust.ts';
import { listHosts } from '../../medium/workflows/trusted-hosts.ts';

export default class HostList extends BaseCommand {
  static override summary = 'List the offline hosts whose receipts count.';
  static override description = `The public keys in trusted-hosts.d of the state directory. A host is known by
the key that signs its receipts.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %>',
      description: 'The hosts that "pack --since receipt" takes into account.',
    },
  ];

  static override flags = { ...configFlag };

  protected readonly resultName = 'host-list-result';

  async run(): Promise<TrustedKeysReport> {
    const { flags } = await this.parse(HostList);
    const result = await listHosts(flags.config);
    this.print(trustedHostsText(result));
    return result;
  }
}
