import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { trustedHostsText } from '../../hosts/ui/trusted-hosts-text.ts';
import { listHosts, type HostsReport } from '../../hosts/workflows/list-hosts.ts';

export default class HostList extends BaseCommand {
  static override summary = 'List the trusted hosts, and what each reported last.';
  static override description = `The public keys in trusted-hosts.d of the state directory, and of the hosts
whose reports were taken in ("pommgr snapshot --media"): name, products, the
baseline applied, the age of the report, how many installed packages are
behind that baseline, and open wishes.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %>',
      description: 'The hosts that "pack --since receipt" takes into account.',
    },
  ];

  static override flags = { ...configFlag };

  protected readonly resultName = 'host-list-result';

  async run(): Promise<HostsReport> {
    const { flags } = await this.parse(HostList);
    const result = await listHosts(flags.config);
    this.print(trustedHostsText(result, new Date()));
    return result;
  }
}
