import { Flags } from '@oclif/core';
import type { RegistrationReport } from '../../subscription/domain/subscription-registration.ts';
import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { registrationText } from '../../subscription/ui/subscription-registration-text.ts';
import { askTerminal, askYesNo } from '../../core/ui/terminal-question.ts';
import { subscriptionRegister } from '../../subscription/workflows/subscription-register.ts';

export default class SubscriptionRegister extends BaseCommand {
  static override summary = "Give Proxmox Offline Mirror the hosts' subscription keys, and refresh old ones.";
  static override description = `For each host in site.hosts of the config: a key that POM does not know is
added ("key add"), one that will not last until the next visit is refreshed
("key refresh"). One by one: a key that fails does not stop the others. A new
key comes from the host's keyFile, or is asked for. The first time, Proxmox's
shop binds a key to its server; that is asked before.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --dry-run',
      description: 'Show which keys would be added or refreshed.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --yes',
      description: 'The same without a question, for unattended runs.',
    },
  ];
  static override flags = {
    ...configFlag,
    yes: Flags.boolean({ summary: "Register keys in Proxmox's shop without asking." }),
    'dry-run': Flags.boolean({ summary: 'Show what would be done; ask nobody, change nothing.' }),
  };

  protected readonly resultName = 'subscription-register-result';

  async run(): Promise<RegistrationReport> {
    const { flags } = await this.parse(SubscriptionRegister);
    const report = await subscriptionRegister({
      configFile: flags.config,
      yes: flags.yes,
      dryRun: flags['dry-run'],
      confirm: askYesNo,
      askKey: ({ name, product }) =>
        askTerminal(`Subscription key of ${name} (${product}), empty for none: `, { isSecret: true }),
      context: this.context(flags),
    });
    this.print(registrationText(report));
    return report;
  }
}
