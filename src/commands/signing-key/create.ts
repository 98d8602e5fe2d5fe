import { Flags } from '@oclif/core';
import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { askNewPassphrase } from '../../core/ui/passphrase-prompt.ts';
import { createdKeyText } from '../../trust/ui/signing-key-text.ts';
import { createKey, type SigningKeyReport } from '../../trust/workflows/signing-key.ts';

export default class SigningKeyCreate extends BaseCommand {
  static override summary = 'Make an Ed25519 signing key.';
  static override description =
    `The private key is written with mode 0600 in PKCS#8, the public one beside it.
With POMMGR_SIGNING_PASSPHRASE set, or --passphrase, the private key is
encrypted.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %>',
      description: 'Make ./signing-key.pem and ./signing-key.pub.pem.',
    },
  ];
  static override flags = {
    ...configFlag,
    key: Flags.string({ summary: "Private key to write. Default: the config's.", helpValue: 'FILE' }),
    passphrase: Flags.boolean({ summary: 'Ask for a passphrase on the terminal.' }),
  };

  protected readonly resultName = 'signing-key-create-result';

  async run(): Promise<SigningKeyReport> {
    const { flags } = await this.parse(SigningKeyCreate);
    const result = await createKey({
      configFile: flags.config,
      keyFile: flags.key,
      askPassphrase: flags.passphrase ? askNewPassphrase : undefined,
    });
    this.print(createdKeyText(result));
    return result;
  }
}
