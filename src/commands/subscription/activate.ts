import { Flags } from '@oclif/core';
import type { ActivationReport } from '../../host/domain/activation-report.ts';
import { activationError, activationText } from '../../host/ui/activation-text.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { storeFlags } from '../../store/ui/store-flags.ts';
import { activate } from '../../activation/workflows/activate.ts';

export default class SubscriptionActivate extends BaseCommand {
  static override summary = "Activate this host's subscription keys with what a medium brought.";
  static override description = `Asks each product for its server ID, takes the signed info that fits with the
latest due date, and checks it before the product gets it: signature, server
ID, product, sockets, status, dates against this host's clock. Then it asks
the product again. Unless that says "active", what was there before is put
back and the exit code tells. An active key is never replaced by one that
runs out earlier.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb --dry-run',
      description: 'Check everything and say which key would be activated.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb',
      description: 'Activate the keys of all products that the host has.',
    },
  ];
  static override flags = {
    media: Flags.directory({
      summary: 'Directory of the medium. Default: what was activated last, as the store kept it.',
      helpValue: 'DIR',
    }),
    product: Flags.option({
      options: ['pbs', 'pmg', 'pve'] as const,
      multiple: true,
      summary: 'Only this product. Default: all that the host has.',
    })(),
    'signing-key': Flags.file({
      summary: "Proxmox's public key. Default: the copy in the host's /usr/share/keyrings.",
      helpValue: 'FILE',
    }),
    ...storeFlags,
    'dry-run': Flags.boolean({ summary: 'Check everything and say what would change; change nothing.' }),
  };

  protected readonly resultName = 'subscription-activate-result';

  async run(): Promise<ActivationReport> {
    const { flags } = await this.parse(SubscriptionActivate);
    const { media, product, root, store } = flags;
    const report = await activate({
      ...{ media, root, store, products: product },
      signingKey: flags['signing-key'],
      dryRun: flags['dry-run'],
      context: this.context(flags),
    });
    this.print(activationText(report));
    const failure = activationError(report, report);
    if (failure !== undefined) throw failure;
    return report;
  }
}
