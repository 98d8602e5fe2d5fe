import { Flags } from '@oclif/core';
import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { poolGcText } from '../../mirror/ui/pool-text.ts';
import { poolGc, type PoolGcResult } from '../../mirror/workflows/pool-gc.ts';

export default class PoolGc extends BaseCommand {
  static override summary = 'Remove the files and snapshots that nothing uses any more.';
  static override description = `Pool files that no snapshot links, snapshots and downloads that a killed run
left (downloads when they are a week old). Does nothing while another run, of
pommgr or of Proxmox Offline Mirror, is at work.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --dry-run',
      description: 'Show what would be removed.',
    },
    { command: '<%= config.bin %> <%= command.id %>', description: 'After a run was killed.' },
  ];
  static override flags = {
    ...configFlag,
    'dry-run': Flags.boolean({ summary: 'Show what would be removed; change nothing.' }),
  };

  protected readonly resultName = 'pool-gc-result';

  async run(): Promise<PoolGcResult> {
    const { flags } = await this.parse(PoolGc);
    const result = await poolGc({
      configFile: flags.config,
      dryRun: flags['dry-run'],
      context: this.context(flags),
    });
    this.print(poolGcText(result));
    return result;
  }
}
