import { Flags } from '@oclif/core';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { approverFlag } from '../../trust/ui/approver-flag.ts';
import { trustedKeysText } from '../../trust/ui/signing-key-text.ts';
import type { TrustedKeysReport } from '../../trust/workflows/key-trust.ts';
import { listKeys } from '../../trust/workflows/signing-key.ts';

export default class SigningKeyList extends BaseCommand {
  static override summary = 'List the signing keys that this machine trusts.';
  static override description = `The public keys in /etc/pommgr/trusted-keys.d. They decide which media this
machine accepts. With --approver those in /etc/pommgr/approvers.d, which
decide what it applies where its config asks for approvals.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %>',
      description: 'The keys whose signatures count on this machine.',
    },
  ];
  static override flags = {
    root: Flags.directory({
      default: '/',
      summary: 'Look at the system below this directory.',
      helpValue: 'DIR',
    }),
    ...approverFlag,
  };

  protected readonly resultName = 'signing-key-list-result';

  async run(): Promise<TrustedKeysReport> {
    const { flags } = await this.parse(SigningKeyList);
    const result = await listKeys({ root: flags.root, approver: flags.approver });
    this.print(trustedKeysText(result));
    return result;
  }
}
