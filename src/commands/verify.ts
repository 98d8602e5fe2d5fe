import { Flags } from '@oclif/core';
import type { Verification } from '../bundle/domain/verification.ts';
import { BaseCommand } from '../core/ui/base-command.ts';
import { verifyText } from '../bundle/ui/verify-text.ts';
import { verify } from '../bundle/workflows/verify.ts';

export default class Verify extends BaseCommand {
  static override summary = 'Check a whole medium: signatures, digests, nothing missing, nothing added.';
  static override description = `Reads each byte of each bundle, of the launcher and of every runtime once and
changes nothing. Needs only the public key, so it runs on any machine, online
or offline. A signature counts when this machine trusts its key (pommgr
signing-key list), or when --key names it. Of a bundle that is spread over
several media all must be given to check it whole: with some of them the exit
code is 1, although what they hold is right.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb',
      description: 'Check every bundle of a medium.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb --key signing-key.pub.pem',
      description: 'Check it where no key is trusted yet, for instance right after packing.',
    },
  ];
  static override flags = {
    media: Flags.directory({
      required: true,
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Directory of the medium. Give all media of a set to check it whole.',
      helpValue: 'DIR',
    }),
    bundle: Flags.string({ summary: 'Check only this bundle.', helpValue: 'NAME' }),
    key: Flags.file({
      multiple: true,
      summary: "Trust this public key instead of the machine's own. May be given several times.",
      helpValue: 'FILE',
    }),
    root: Flags.directory({
      default: '/',
      summary: 'Take the trusted keys from the system below this directory.',
      helpValue: 'DIR',
    }),
  };

  protected readonly resultName = 'verify-result';

  async run(): Promise<Verification> {
    const { flags } = await this.parse(Verify);
    const [media = '', ...furtherMedia] = flags.media;
    const result = await verify({
      media,
      furtherMedia,
      bundle: flags.bundle,
      keyFiles: flags.key,
      root: flags.root,
      context: this.context(flags),
    });
    this.print(verifyText(result));
    if (result.bundles.some(({ absent }) => absent.length > 0)) this.answerNo();
    return result;
  }
}
