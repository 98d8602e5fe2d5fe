import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../../ui/base-command.ts';
import { trustText } from '../../ui/signing-key-text.ts';
import { trustKey, type TrustReport } from '../../workflows/upkeep/signing-key.ts';

export default class SigningKeyTrust extends BaseCommand {
  static override summary = 'Trust what a signing key signs from now on.';
  static override description =
    `Compare the fingerprint that it shows with what "pommgr signing-key show" says
on the online side. A public key that came on the medium it signs proves
nothing.`;
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
  };

  protected readonly resultName = 'signing-key-trust-result';

  async run(): Promise<TrustReport> {
    const { args, flags } = await this.parse(SigningKeyTrust);
    const result = await trustKey(args.file, flags.root);
    this.print(trustText(result));
    return result;
  }
}
