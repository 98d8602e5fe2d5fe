import { Flags } from '@oclif/core';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { configFlag } from '../../core/ui/config-flag.ts';
import { storeFlags } from '../../store/ui/store-flags.ts';
import { upgradeSteps, type UpgradeSteps } from '../../upgrade/workflows/upgrade-steps.ts';

export default class UpgradeReleaseSteps extends BaseCommand {
  static override summary = 'Write down the steps of a major upgrade, for one host or a cluster.';
  static override description = `Stage by stage: what to do before the window, on each host in its order,
between the hosts of a cluster, and afterwards; also how to go on after an
interruption, and without pommgr. The stages are those of the config online,
or of the baseline in a host's store.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --host pve1',
      description: 'The steps for one host.',
    },
    {
      command:
        '<%= config.bin %> <%= command.id %> --host pve1 --host pve2 --host pve3 --format html --lang ja > steps.html',
      description: 'A page in Japanese to print, for a cluster in this order.',
    },
  ];
  static override flags = {
    host: Flags.string({
      required: true,
      multiple: true,
      multipleNonGreedy: true,
      summary: 'A host; several are a cluster, in this order. PMG: the master first.',
      helpValue: 'NAME',
    }),
    way: Flags.string({ summary: 'Way of the upgrade, where there are several.', helpValue: 'NAME' }),
    media: Flags.string({ summary: 'Medium in the commands. Default: /mnt/usb.', helpValue: 'DIR' }),
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
    ...configFlag,
    ...storeFlags,
  };

  protected readonly resultName = 'upgrade-steps-result';

  async run(): Promise<UpgradeSteps> {
    const { flags } = await this.parse(UpgradeReleaseSteps);
    const { host, way, media, format, lang, root, store } = flags;
    const steps = await upgradeSteps({
      ...{ way, media, format, lang, root, store, nodes: [...new Set(host)], configFile: flags.config },
      context: this.context(flags),
    });
    this.printDocument(steps.text);
    return steps;
  }
}
