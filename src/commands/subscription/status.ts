import { Flags } from '@oclif/core';
import type { SubscriptionReport } from '../../subscription/domain/subscription-report.ts';
import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { mediumTrustFlags } from '../../store/ui/store-flags.ts';
import { subscriptionCalendar } from '../../subscription/ui/subscription-calendar.ts';
import { subscriptionText } from '../../subscription/ui/subscription-text.ts';
import { subscriptionMediumStatus } from '../../activation/workflows/subscription-medium-status.ts';
import { subscriptionStatus } from '../../subscription/workflows/subscription-status.ts';

export default class SubscriptionStatus extends BaseCommand {
  static override summary = 'Show how long each subscription key holds, and what to do about it.';
  static override description = `Online it asks Proxmox Offline Mirror, and names the hosts of the config that
have no key. With --media it looks at a medium: at the infos that pommgr put
there, and at those that POM put there itself. An offline key is valid for
365 days after the last check, or until it is due if that is earlier. The
exit code is 1 when a key cannot be used or runs out soon.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %>',
      description: 'Every key that POM has, with the days that are left.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --format ics > subscriptions.ics',
      description: 'The same as a calendar, with reminders.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb',
      description: 'The keys that a medium carries.',
    },
  ];
  static override flags = {
    ...configFlag,
    media: Flags.directory({ summary: 'Directory of a medium to look at.', helpValue: 'DIR' }),
    format: Flags.option({
      options: ['text', 'ics'] as const,
      default: 'text',
      summary: 'Text, or a calendar with the days on which keys run out.',
    })(),
    'warn-days': Flags.integer({
      min: 0,
      max: 365,
      summary: "Days left below which the answer is no. Default: the config's, else 45.",
      helpValue: 'DAYS',
    }),
    'show-keys': Flags.boolean({
      summary: 'Show whole keys. They are secrets: with the server ID they are a login.',
    }),
    ...mediumTrustFlags,
    'signing-key': Flags.file({
      relationships: [{ type: 'all', flags: ['media'] }],
      summary:
        "With --media: Proxmox's public key. Default: the config's, else proxmox-offline-signing-key.pub in /usr/share/keyrings.",
      helpValue: 'FILE',
    }),
  };

  protected readonly resultName = 'subscription-status-result';

  async run(): Promise<SubscriptionReport> {
    const { flags } = await this.parse(SubscriptionStatus);
    const { media, key: keyFiles, root = '/', format } = flags;
    const shared = {
      warnDays: flags['warn-days'],
      showKeys: flags['show-keys'],
      context: this.context(flags),
    };
    const report =
      media === undefined
        ? await subscriptionStatus({ configFile: flags.config, ...shared })
        : await subscriptionMediumStatus({
            media,
            configFile: flags.config,
            keyFiles,
            root,
            signingKey: flags['signing-key'],
            ...shared,
          });
    if (format === 'text') this.print(subscriptionText(report));
    // RFC 5545 wants CRLF at the end of the last line, too; \n comes with log.
    else this.log((await subscriptionCalendar(report)).replace(/\n$/, ''));
    if (!report.isGood) this.answerNo();
    return report;
  }
}
