import { Flags } from '@oclif/core';
import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { trustedHostsText } from '../../hosts/ui/trusted-hosts-text.ts';
import { listSite, type SiteReport } from '../../report/workflows/list-site.ts';

export default class HostList extends BaseCommand {
  static override summary = 'List the trusted hosts, and what each reported last.';
  static override description = `The public keys in trusted-hosts.d of the state directory, and of the hosts
whose reports were taken in ("pommgr snapshot --media"): name, products, the
baseline applied, the age of the report, drift (installed packages that are
not as in that baseline), subscription keys and open wishes. --forecast adds
what the newest baseline would change there.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %>',
      description: 'The hosts that "pack --since receipt" takes into account.',
    },
  ];

  static override flags = {
    forecast: Flags.boolean({
      summary: 'Ask apt what the newest baseline would change; seconds for each host.',
    }),
    ...configFlag,
  };

  protected readonly resultName = 'host-list-result';

  async run(): Promise<SiteReport> {
    const { flags } = await this.parse(HostList);
    const context = this.context(flags);
    const result = await listSite({ configFile: flags.config, withForecast: flags.forecast, context });
    this.print(trustedHostsText(result, new Date()));
    return result;
  }
}
