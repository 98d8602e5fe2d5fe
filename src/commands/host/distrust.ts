import { Args } from '@oclif/core';
import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { hostTrustText } from '../../hosts/ui/trusted-hosts-text.ts';
import type { TrustReport } from '../../trust/workflows/key-trust.ts';
import { distrustHost } from '../../hosts/workflows/trusted-hosts.ts';

export default class HostDistrust extends BaseCommand {
  static override summary = 'Stop trusting the reports of an offline host.';
  static override description =
    `For a host that is gone, or whose key others may have. Its receipts then count
for nothing; only "pommgr host trust" changes that.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> 0123456789abcdef',
      description: 'Leave the host with the key of this id out of account.',
    },
  ];
  static override args = {
    fingerprint: Args.string({ required: true, description: "Fingerprint or id of the host's key." }),
  };

  static override flags = { ...configFlag };

  protected readonly resultName = 'host-distrust-result';

  async run(): Promise<TrustReport> {
    const { args, flags } = await this.parse(HostDistrust);
    const result = await distrustHost(args.fingerprint, flags.config);
    this.print(hostTrustText(result));
    return result;
  }
}
