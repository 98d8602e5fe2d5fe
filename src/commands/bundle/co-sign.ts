import { Flags } from '@oclif/core';
import type { CoSignReport } from '../../bundle/domain/co-signature.ts';
import { coSignText } from '../../bundle/ui/co-sign-text.ts';
import { coSign } from '../../bundle/workflows/co-sign.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { configFlag } from '../../core/ui/config-flag.ts';
import { reportMaker } from '../../report/workflows/pack-report.ts';
import { askPassphrase } from '../../core/ui/passphrase-prompt.ts';

export default class BundleCoSign extends BaseCommand {
  static override summary = 'Add a second signature to a bundle that this machine finds identical.';
  static override description = `The bundle must be on the medium already. This machine makes it anew from its
own baseline, compares every byte, and adds the signatures of its keys. It
changes nothing else on the medium. Where anything differs, it names the
difference and ends with exit code 1.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb',
      description: 'On a second machine: sign the bundle of its newest baseline.',
    },
  ];
  static override flags = {
    ...configFlag,
    media: Flags.string({ required: true, summary: 'Directory of the medium.', helpValue: 'DIR' }),
    baseline: Flags.string({
      summary: "Baseline of the bundle. Default: the newest of the config's track.",
      helpValue: 'NAME',
    }),
    since: Flags.string({
      summary: 'For a delta: the baseline that it builds on. Default: none, a full bundle.',
      helpValue: 'BASELINE|none|receipt[:DIR]',
    }),
    closure: Flags.boolean({
      summary: 'The bundle was packed with --closure: make the same closure here.',
    }),
    'dry-run': Flags.boolean({ summary: 'Compare only; change nothing.' }),
  };

  protected readonly resultName = 'bundle-co-sign-result';

  async run(): Promise<CoSignReport> {
    const { flags } = await this.parse(BundleCoSign);
    const report = await coSign({
      media: flags.media,
      configFile: flags.config,
      baselineName: flags.baseline,
      since: flags.since,
      closure: flags.closure,
      dryRun: flags['dry-run'],
      reports: reportMaker,
      askPassphrase,
      context: this.context(flags),
    });
    if (report.outcome === 'different') this.answerNo();
    this.print(coSignText(report));
    return report;
  }
}
