import { Flags } from '@oclif/core';
import type { Verification } from '../domain/verification.ts';
import { BaseCommand } from '../ui/base-command.ts';
import { verifyText } from '../ui/verify-text.ts';
import { verify } from '../workflows/offline/verify.ts';

export default class Verify extends BaseCommand {
  static override summary =
    'Check everything on a medium: signatures, digests, nothing missing, nothing added.';
  static override description =
    `Reads each byte of each bundle once and changes nothing. Needs only the public
key, so it runs on any machine, online or offline. A signature counts when
this machine trusts its key (pommgr signing-key list), or when --key names it.`;
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
    media: Flags.directory({ required: true, summary: 'Directory of the medium.', helpValue: 'DIR' }),
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
    const result = await verify({
      media: flags.media,
      bundle: flags.bundle,
      keyFiles: flags.key,
      root: flags.root,
      context: this.context(flags),
    });
    this.print(verifyText(result));
    return result;
  }
}
