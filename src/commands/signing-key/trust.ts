import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { approverFlag } from '../../trust/ui/approver-flag.ts';
import { trustText } from '../../trust/ui/signing-key-text.ts';
import { trustKeyOnHost, type HostTrustReport } from '../../trust/workflows/signing-key.ts';

export default class SigningKeyTrust extends BaseCommand {
  static override summary = 'Trust a signing key.';
  static override description =
    `Compare the fingerprint that it shows with what "pommgr signing-key show" says
on the online side. A public key that came on the medium it signs proves
nothing. With --approver the key is one whose approvals count, and is kept in
/etc/pommgr/approvers.d; no key is a signer's and an approver's. As root it
also installs /usr/local/sbin/pommgr-media, which checks and runs the pommgr
of a medium, where the system has that directory.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> signing-key.pub.pem',
      description: 'Trust the key of a file that came by a safe way.',
    },
  ];
  static override args = {
    file: Args.file({ required: true, description: 'Public key, in PEM.' }),
  };
  static override flags = {
    root: Flags.directory({
      default: '/',
      summary: 'Change the system below this directory.',
      helpValue: 'DIR',
    }),
    ...approverFlag,
    launcher: Flags.boolean({
      default: true,
      allowNo: true,
      summary: 'Install the medium launcher, too. Of no use on the online side.',
    }),
  };

  protected readonly resultName = 'signing-key-trust-result';

  async run(): Promise<HostTrustReport> {
    const { args, flags } = await this.parse(SigningKeyTrust);
    const result = await trustKeyOnHost(args.file, {
      ...{ root: flags.root, approver: flags.approver },
      withLauncher: flags.launcher && !flags.approver,
    });
    this.print(trustText(result));
    return result;
  }
}
