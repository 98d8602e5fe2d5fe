import { Flags } from '@oclif/core';
import { configFlag } from '../../core/ui/config-flag.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { askPassphrase } from '../../core/ui/passphrase-prompt.ts';
import { rotatedKeyText } from '../../trust/ui/signing-key-text.ts';
import { rotateKey, type RotationReport } from '../../trust/workflows/signing-key.ts';

export default class SigningKeyRotate extends BaseCommand {
  static override summary = 'Replace a signing key by a new one that the old one vouches for.';
  static override description = `Hosts that trust the old key accept the new one with the next medium: "pommgr
apply" shows both fingerprints. A key that others may have seen is not to be
rotated: make a new one, trust it on each host, and distrust the old one
there.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %>',
      description: 'Hand over to a new key, and show its fingerprint.',
    },
  ];
  static override flags = {
    ...configFlag,
    key: Flags.string({ summary: "Private key to replace. Default: the config's.", helpValue: 'FILE' }),
  };

  protected readonly resultName = 'signing-key-rotate-result';

  async run(): Promise<RotationReport> {
    const { flags } = await this.parse(SigningKeyRotate);
    const result = await rotateKey({
      configFile: flags.config,
      keyFile: flags.key,
      askPassphrase,
      context: this.context(flags),
    });
    this.print(rotatedKeyText(result));
    return result;
  }
}
