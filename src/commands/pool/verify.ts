import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { poolVerifyText } from '../../mirror/ui/pool-text.ts';
import { poolVerify, type PoolVerification } from '../../mirror/workflows/pool-verify.ts';

export default class PoolVerify extends BaseCommand {
  static override summary = 'Read every file of the pool again and compare it with its name.';
  static override description = `A pool file's name is its digest, so this needs no baseline and no network.
Exit code 0: every file is what its name says. 1: some are not.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: 'After a disk gave errors.' },
  ];

  static override flags = { ...configFlag };

  protected readonly resultName = 'pool-verify-result';

  async run(): Promise<PoolVerification> {
    const { flags } = await this.parse(PoolVerify);
    const result = await poolVerify(flags.config, this.context(flags));
    if (result.broken.length > 0) this.answerNo();
    this.print(poolVerifyText(result));
    return result;
  }
}
