import { Args } from '@oclif/core';
import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { baselineVerifyText } from '../../baseline/ui/baseline-text.ts';
import { baselineVerify, type BaselineVerification } from '../../baseline/workflows/baseline-verify.ts';

export default class BaselineVerify extends BaseCommand {
  static override summary = 'Read every file of a baseline again and compare it with its digest.';
  static override description = 'Exit code 0: all is as it was. 1: a file is missing or changed.';
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> pve9-prod-12',
      description: 'Before packing, or after a disk gave errors.',
    },
  ];
  static override args = {
    name: Args.string({ required: true, description: 'Name of the baseline.' }),
  };

  static override flags = { ...configFlag };

  protected readonly resultName = 'baseline-verify-result';

  async run(): Promise<BaselineVerification> {
    const { args, flags } = await this.parse(BaselineVerify);
    const result = await baselineVerify(flags.config, args.name, this.context(flags));
    if (result.broken.length > 0) this.answerNo();
    this.print(baselineVerifyText(result));
    return result;
  }
}
