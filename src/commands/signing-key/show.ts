import { Flags } from '@oclif/core';
import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { askPassphrase } from '../../core/ui/passphrase-prompt.ts';
import { shownKeysText } from '../../trust/ui/signing-key-text.ts';
import { showKeys, type SigningKeyReport } from '../../trust/workflows/signing-key.ts';

export default class SigningKeyShow extends BaseCommand {
  static override summary = 'Show the public half of the signing keys that this online side signs with.';
  static override description =
    `The signing keys that the config names, as hosts see them: key id, fingerprint
and public key. The private key is not shown.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %>',
      description: 'Key id and fingerprint, to compare on the hosts.',
    },
  ];
  static override flags = {
    ...configFlag,
    key: Flags.string({ summary: "Private key to look at. Default: the config's.", helpValue: 'FILE' }),
  };

  protected readonly resultName = 'signing-key-show-result';

  async run(): Promise<{ keys: SigningKeyReport[] }> {
    const { flags } = await this.parse(SigningKeyShow);
    const result = await showKeys({ configFile: flags.config, keyFile: flags.key, askPassphrase });
    this.print(shownKeysText(result));
    return result;
  }
}
