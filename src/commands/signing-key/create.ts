import { Flags } from '@oclif/core';
import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { askNewPassphrase, offerPassphrase } from '../../core/ui/passphrase-prompt.ts';
import { createdKeyText } from '../../trust/ui/signing-key-text.ts';
import { createKey } from '../../trust/workflows/signing-key.ts';

export default class SigningKeyCreate extends BaseCommand {
  static override summary = 'Make an Ed25519 signing key.';
  static override description =
    `The private key is written with mode 0600 in PKCS#8, the public one beside it.
On a terminal a passphrase for the private key is offered, and --passphrase
insists on one; else it is that of POMMGR_SIGNING_PASSPHRASE, if it is set. A
passphrase has at least 10 characters.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %>',
      description: 'Make ./signing-key.pem and ./signing-key.pub.pem.',
    },
  ];
  static override flags = {
    ...configFlag,
    key: Flags.string({ summary: "Private key to write. Default: the config's.", helpValue: 'FILE' }),
    passphrase: Flags.boolean({
      allowNo: true,
      summary: 'Ask for a passphrase on the terminal until there is one, or never.',
    }),
  };

  protected readonly resultName = 'signing-key-create-result';

  async run(): ReturnType<typeof createKey> {
    const { flags } = await this.parse(SigningKeyCreate);
    const result = await createKey({
      configFile: flags.config,
      keyFile: flags.key,
      offerPassphrase: this.offerOf(flags.passphrase),
    });
    this.print(createdKeyText(result));
    return result;
  }

  /** With --json nobody is there to answer, unless the flag says so. */
  private offerOf(wanted: boolean | undefined): typeof offerPassphrase | undefined {
    if (wanted === true) return askNewPassphrase;
    return wanted === false || this.jsonEnabled() ? undefined : offerPassphrase;
  }
}
