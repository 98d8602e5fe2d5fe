import { Flags } from '@oclif/core';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { configFlag } from '../../core/ui/config-flag.ts';
import { askPassphrase } from '../../core/ui/passphrase-prompt.ts';
import { allowLocalFlag } from '../../medium/ui/medium-flags.ts';
import { subscriptionPackText } from '../../subscription/ui/subscription-pack-text.ts';
import {
  packSubscriptions,
  type PackSubscriptionsResult,
} from '../../subscription/workflows/pack-subscriptions.ts';

export default class SubscriptionPack extends BaseCommand {
  static override summary = "Put the hosts' refreshed subscription keys on a medium, without a baseline.";
  static override description =
    `Writes the signed subscription infos of the hosts in site.hosts of the config,
in a signed directory of their own, and the steps that activate them. "pack"
brings them along with each bundle anyway.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb',
      description: 'Bring refreshed subscription keys to the hosts.',
    },
  ];
  static override flags = {
    ...configFlag,
    media: Flags.string({ required: true, summary: 'Directory of the medium.', helpValue: 'DIR' }),
    'allow-local': allowLocalFlag,
    'dry-run': Flags.boolean({ summary: 'Show what would be packed; change nothing.' }),
  };

  protected readonly resultName = 'subscription-pack-result';

  async run(): Promise<PackSubscriptionsResult> {
    const { flags } = await this.parse(SubscriptionPack);
    const result = await packSubscriptions({
      media: flags.media,
      configFile: flags.config,
      allowLocal: flags['allow-local'],
      dryRun: flags['dry-run'],
      askPassphrase,
      context: this.context(flags),
    });
    this.print(subscriptionPackText(result));
    return result;
  }
}
