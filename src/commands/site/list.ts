import { BaseCommand } from '../../core/ui/base-command.ts';
import { trustedHostsText } from '../../medium/ui/site-text.ts';
import type { TrustedKeysReport } from '../../trust/workflows/key-trust.ts';
import { listHosts } from '../../medium/workflows/site.ts';

export default class SiteList extends BaseCommand {
  static override summary = 'List the offline hosts whose receipts count.';
  static override description = `The public keys in trusted-hosts.d of the state directory. A host is known by
the key that signs its receipts.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %>',
      description: 'The hosts that "pack --since receipt" takes into account.',
    },
  ];

  protected readonly resultName = 'site-list-result';

  async run(): Promise<TrustedKeysReport> {
    const { flags } = await this.parse(SiteList);
    const result = await listHosts(flags.config);
    this.print(trustedHostsText(result));
    return result;
  }
}
