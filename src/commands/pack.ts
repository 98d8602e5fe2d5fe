import { Flags } from '@oclif/core';
import { BaseCommand } from '../ui/base-command.ts';
import { packText } from '../ui/pack-text.ts';
import { askPassphrase } from '../ui/passphrase-prompt.ts';
import { packPom, type PackPomResult } from '../workflows/online/pack-pom.ts';
import { pack, type PackResult } from '../workflows/online/pack.ts';

export default class Pack extends BaseCommand {
  static override summary = 'Pack a baseline onto a medium as a signed bundle.';
  static override description = `Writes the volumes first and the signed list of digests last: a bundle that
was interrupted has no signature. Run the same command again to finish. A
bundle that is there already is left alone. With --format pom, Proxmox Offline
Mirror fills a medium that it knows ("medium sync"), with all snapshots of the
medium's mirrors; pommgr reads the baseline's back and signs them.`;
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
    {
      command: '<%= config.bin %> <%= command.id %> --format pom --media disk1',
      description: 'Let POM fill its medium disk1, and sign the baseline on it.',
    },
  ];
  static override flags = {
    media: Flags.string({
      required: true,
      summary: "Directory of the medium; with --format pom its id in POM's config.",
      helpValue: 'DIR|ID',
    }),
    format: Flags.option({
      options: ['volumes', 'pom'] as const,
      default: 'volumes',
      summary: 'What to write: volumes for any file system, or snapshots as POM does.',
    })(),
    baseline: Flags.string({
      summary: "Baseline to pack. Default: the newest of the config's track.",
      helpValue: 'NAME',
    }),
    'volume-size': Flags.integer({
      min: 1,
      relationships: [
        { type: 'none', flags: [{ name: 'format', when: async (flags) => flags['format'] === 'pom' }] },
      ],
      summary: 'Largest size of a volume in bytes. Default: the largest file that FAT32 takes.',
      helpValue: 'BYTES',
    }),
    'dry-run': Flags.boolean({ summary: 'Show what would be packed; change nothing.' }),
  };

  protected readonly resultName = 'pack-result';

  async run(): Promise<PackResult | PackPomResult> {
    const { flags } = await this.parse(Pack);
    const options = {
      configFile: flags.config,
      baselineName: flags.baseline,
      dryRun: flags['dry-run'],
      askPassphrase,
      context: this.context(flags),
    };
    const result =
      flags.format === 'pom'
        ? await packPom({ ...options, medium: flags.media })
        : await pack({ ...options, media: flags.media, volumeSizeBytes: flags['volume-size'] });
    this.print(packText(result));
    return result;
  }
}
