import { Flags } from '@oclif/core';
import type { ExtrasReport } from '../../bundle/domain/extras-report.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { extrasText } from '../../bundle/ui/extras-text.ts';
import { storeFlags } from '../../store/ui/store-flags.ts';
import { listExtras } from '../../upkeep/workflows/extras.ts';

export default class ExtrasList extends BaseCommand {
  static override summary = 'List the extras of a store or a medium.';
  static override description = `Extras are files of your own that travel with each bundle: installers,
container templates, firmware. The setting "extras" of the config names them;
"pommgr apply" stores them with the baseline. Of a medium, only bundles with a
signature that counts are looked at.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'What the store of this host has.' },
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb',
      description: 'What a medium brings.',
    },
  ];
  static override flags = {
    media: Flags.directory({
      summary: 'Look at this medium instead of the store.',
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

  protected readonly resultName = 'extras-list';

  async run(): Promise<ExtrasReport> {
    const { flags } = await this.parse(ExtrasList);
    const { media, store, root, key: keyFiles } = flags;
    const report = await listExtras({ media, store, root, keyFiles, context: this.context(flags) });
    this.print(extrasText(report));
    return report;
  }
}
