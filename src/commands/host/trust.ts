import { Args } from '@oclif/core';
import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { hostTrustText } from '../../hosts/ui/trusted-hosts-text.ts';
import type { TrustReport } from '../../trust/workflows/key-trust.ts';
import { trustHost } from '../../hosts/workflows/trusted-hosts.ts';

export default class HostTrust extends BaseCommand {
  static override summary = 'Trust the reports of an offline host.';
  static override description = `Compare the fingerprint that it shows with the one that the host showed when
"pommgr apply --receipt" ran there. "pommgr pack --since receipt" makes deltas
against what the trusted hosts say they hold.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> /mnt/usb/receipts/0123456789abcdef.pub.pem',
      description: 'Trust the host that left this key on a medium.',
    },
  ];
  static override args = {
    file: Args.file({ required: true, description: "The host's public key, in PEM." }),
  };

  static override flags = { ...configFlag };

  protected readonly resultName = 'host-trust-result';

  async run(): Promise<TrustReport> {
    const { args, flags } = await this.parse(HostTrust);
    const result = await trustHost(args.file, flags.config);
    this.print(hostTrustText(result));
    return result;
  }
}
