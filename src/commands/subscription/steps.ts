import { Flags } from '@oclif/core';
import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { mediumTrustFlags } from '../../store/ui/store-flags.ts';
import {
  subscriptionSteps,
  type SubscriptionSteps as Steps,
} from '../../subscription/workflows/subscription-steps.ts';

export default class SubscriptionSteps extends BaseCommand {
  static override summary = 'Write down, for each host, the steps that activate its subscription key.';
  static override description = `Version, server ID, the commands with and without pommgr and
proxmox-offline-mirror-helper, the check of the result, what each message of
the products means, and when the next visit is due. Keys are masked; the
commands read them from the medium. "pommgr pack" leaves the same there as
STEPS.txt, STEPS.html, STEPS.ja.txt and STEPS.ja.html.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb --host pve-a',
      description: 'The steps for one host.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --format html --lang ja > steps.html',
      description: 'A page in Japanese to print, of the hosts in the config.',
    },
  ];
  static override flags = {
    ...configFlag,
    media: Flags.directory({
      summary: "Directory of the medium. Default: the config's hosts and POM's keys.",
      helpValue: 'DIR',
    }),
    host: Flags.string({ summary: 'Only this host. Default: all.', helpValue: 'NAME' }),
    format: Flags.option({
      options: ['text', 'md', 'html'] as const,
      default: 'text',
      summary: 'Text, Markdown, or one HTML page.',
    })(),
    lang: Flags.option({
      options: ['en', 'ja'] as const,
      default: 'en',
      summary: 'English or Japanese.',
    })(),
    ...mediumTrustFlags,
  };

  protected readonly resultName = 'subscription-steps-result';

  async run(): Promise<Steps> {
    const { flags } = await this.parse(SubscriptionSteps);
    const { media, host, format, lang, key, root } = flags;
    const steps = await subscriptionSteps({
      ...{ media, host, format, lang, root, keyFiles: key, configFile: flags.config },
      context: this.context(flags),
    });
    this.printDocument(steps.text);
    return steps;
  }
}
