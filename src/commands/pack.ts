import { Flags } from '@oclif/core';
import { BaseCommand } from '../ui/base-command.ts';
import { packText } from '../ui/pack-text.ts';
import { askPassphrase } from '../ui/passphrase-prompt.ts';
import { pack, type PackResult } from '../workflows/online/pack.ts';

export default class Pack extends BaseCommand {
  static override summary = 'Pack a baseline onto a medium as a signed bundle.';
  static override description =
    `Writes the volumes first and the signed list of digests last: a bundle that was
interrupted has no signature. Run the same command again to finish. A bundle that
is there already is left alone.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb',
      description: "Pack the newest baseline of the config's track.",
    },
    {
      command:
        '<%= config.bin %> <%= command.id %> --media /mnt/usb --baseline pve9-prod-12 --volume-size 4000000000',
      description: 'Pack a certain baseline, in volumes of at most 4 GB.',
    },
  ];
  static override flags = {
    media: Flags.directory({ required: true, summary: 'Directory of the medium.', helpValue: 'DIR' }),
    baseline: Flags.string({
      summary: "Baseline to pack. Default: the newest of the config's track.",
      helpValue: 'NAME',
    }),
    'volume-size': Flags.integer({
      min: 1,
      summary: 'Largest size of a volume in bytes. Default: the largest file that FAT32 takes.',
      helpValue: 'BYTES',
    }),
    'dry-run': Flags.boolean({ summary: 'Show what would be packed; change nothing.' }),
  };

  protected readonly resultName = 'pack-result';

  async run(): Promise<PackResult> {
    const { flags } = await this.parse(Pack);
    const result = await pack({
      configFile: flags.config,
      media: flags.media,
      baselineName: flags.baseline,
      volumeSizeBytes: flags['volume-size'],
      dryRun: flags['dry-run'],
      askPassphrase,
      context: this.context(flags),
    });
    this.print(packText(result));
    return result;
  }
}
