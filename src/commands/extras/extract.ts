import { Args, Flags } from '@oclif/core';
import type { ExtractReport } from '../../bundle/domain/extras-report.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { extractText } from '../../bundle/ui/extras-text.ts';
import { storeFlags } from '../../store/ui/store-flags.ts';
import { extractExtra } from '../../upkeep/workflows/extras.ts';

export default class ExtrasExtract extends BaseCommand {
  static override summary = 'Take an extra out of a store or a medium.';
  static override description = `Every byte is checked against the signed digest while it is written, and the
file has its name only when all of it is right. It is never executable, and
replaces no file that is there unless --force says so.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> installer.iso -o /srv/installer.iso',
      description: 'From the store of this host.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> installer.iso -o /srv/installer.iso --media /mnt/usb',
      description: 'Straight from a medium.',
    },
  ];
  static override args = {
    name: Args.string({ required: true, description: 'Name of the extra.' }),
  };
  static override flags = {
    output: Flags.string({ char: 'o', required: true, summary: 'File to write.', helpValue: 'FILE' }),
    force: Flags.boolean({ summary: 'Replace the file when it is there.' }),
    from: Flags.string({
      summary: 'Baseline of the store, or bundle of the medium, where several differ.',
      helpValue: 'NAME',
    }),
    media: Flags.directory({
      summary: 'Take it from this medium instead of the store.',
      helpValue: 'DIR',
      exclusive: ['store'],
    }),
    ...storeFlags,
    key: Flags.file({
      multiple: true,
      relationships: [{ type: 'all', flags: ['media'] }],
      summary: "With --media: trust this public key instead of the machine's own; may be repeated.",
      helpValue: 'FILE',
    }),
  };

  protected readonly resultName = 'extras-extract-result';

  async run(): Promise<ExtractReport> {
    const { args, flags } = await this.parse(ExtrasExtract);
    const { media, store, root, key: keyFiles, output, force, from } = flags;
    const report = await extractExtra({
      ...{ media, store, root, keyFiles, output, force, from },
      name: args.name,
      context: this.context(flags),
    });
    this.print(extractText(report));
    return report;
  }
}
