import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { approverFlag } from '../../trust/ui/approver-flag.ts';
import { trustText } from '../../trust/ui/signing-key-text.ts';
import type { TrustReport } from '../../trust/workflows/key-trust.ts';
import { distrustKey } from '../../trust/workflows/signing-key.ts';

export default class SigningKeyDistrust extends BaseCommand {
  static override summary = 'Stop trusting a signing key.';
  static override description = 'No rotation brings the key back; only "pommgr signing-key trust" does.';
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> 0123456789abcdef',
      description: 'Refuse what the key of this id signs from now on.',
    },
  ];
  static override args = {
    id: Args.string({ required: true, description: 'Id or fingerprint of the key.' }),
  };
  static override flags = {
    root: Flags.directory({
      default: '/',
      summary: 'Change the system below this directory.',
      helpValue: 'DIR',
    }),
    ...approverFlag,
  };

  protected readonly resultName = 'signing-key-distrust-result';

  async run(): Promise<TrustReport> {
    const { args, flags } = await this.parse(SigningKeyDistrust);
    const result = await distrustKey(args.id, { root: flags.root, approver: flags.approver });
    this.print(trustText(result));
    return result;
  }
}
