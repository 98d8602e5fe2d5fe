import { Flags } from '@oclif/core';
import type { StoreGcReport } from '../../store/domain/store-gc.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { dryRunFlag, storeFlags } from '../../store/ui/store-flags.ts';
import { storeGcText } from '../../upkeep/ui/store-gc-text.ts';
import { storeGc } from '../../upkeep/workflows/store-gc.ts';

export default class StoreGc extends BaseCommand {
  static override summary = 'Remove the baselines that a host no longer needs from its store.';
  static override description = `Keeps the newest of each track and whatever the host itself needs: what is
applied, what rollback goes back to, what pins and an interrupted restore are
for. Their names and digests stay known. Two things it cannot know: which
other hosts use a baseline from here (apply --from), and which deltas still to
come build on one; without its base, a full bundle is needed.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --keep 3 --dry-run',
      description: 'Show what would go, and how much that frees.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --keep 3 --keep-baseline pve9-prod-7',
      description: 'Keep one more, which another host uses.',
    },
  ];
  static override flags = {
    keep: Flags.integer({
      required: true,
      min: 1,
      summary: 'How many of each track to keep at least.',
      helpValue: 'N',
    }),
    'keep-baseline': Flags.string({
      multiple: true,
      summary: 'Keep this baseline, too; may be given several times.',
      helpValue: 'NAME',
    }),
    ...storeFlags,
    ...dryRunFlag,
  };

  protected readonly resultName = 'store-gc-result';

  async run(): Promise<StoreGcReport> {
    const { flags } = await this.parse(StoreGc);
    const { root, store, keep } = flags;
    const report = await storeGc({
      ...{ root, store, keep },
      keepBaselines: flags['keep-baseline'] ?? [],
      dryRun: flags['dry-run'],
      context: this.context(flags),
    });
    this.print(storeGcText(report));
    return report;
  }
}
