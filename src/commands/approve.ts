import { Args, Flags } from '@oclif/core';
import type { ApproveReport } from '../approval/domain/approve-report.ts';
import { askForApproval } from '../approval/ui/approval-question.ts';
import { approveText } from '../approval/ui/approve-text.ts';
import { approve } from '../approval/workflows/approve.ts';
import { BaseCommand } from '../core/ui/base-command.ts';
import { askPassphrase } from '../core/ui/passphrase-prompt.ts';

export default class Approve extends BaseCommand {
  static override summary = 'Approve a bundle on a medium, by the report that lies beside it.';
  static override description = `Checks the bundle's signatures and its whole report, shows the summary, and
asks. What it signs is at most 256 bytes of text: it names the bundle and the
report by their digests, who decided, when, until when it counts, and the
words of the decision. Hosts with "approval: {threshold: 1}" in
/etc/pommgr/config.yaml apply only what keys in /etc/pommgr/approvers.d
approved. A key that signs bundles is no approver's key. --withdraw ends all
earlier approvals of the bundle by the same key, on every host that sees it.`;
  static override examples = [
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb --key approver.pem',
      description: 'Show the summary of the only bundle, and ask.',
    },
    {
      command:
        '<%= config.bin %> <%= command.id %> pve9-prod-12 --media /mnt/usb --key approver.pem --yes --report-digest DIGEST',
      description: 'Approve without a question what was read before.',
    },
    {
      command: '<%= config.bin %> <%= command.id %> --media /mnt/usb --key approver.pem --withdraw',
      description: 'Withdraw the approval.',
    },
  ];
  static override args = {
    bundle: Args.string({ description: 'Bundle, or baseline, on the medium. Default: the only one.' }),
  };
  static override flags = {
    media: Flags.directory({
      required: true,
      multiple: true,
      multipleNonGreedy: true,
      summary: 'Directory of the medium. Give all media of a set.',
      helpValue: 'DIR',
    }),
    key: Flags.file({ required: true, summary: "The approver's private key.", helpValue: 'FILE' }),
    as: Flags.string({
      summary: 'Who decides: at most 24 bytes. Default: the user who runs this.',
      helpValue: 'NAME',
    }),
    words: Flags.string({
      default: 'approved',
      summary: 'The words of the decision, one line.',
      helpValue: 'TEXT',
    }),
    days: Flags.integer({
      default: 30,
      min: 1,
      max: 3650,
      summary: 'Days for which the approval counts.',
      helpValue: 'N',
    }),
    withdraw: Flags.boolean({ summary: 'Withdraw earlier approvals of the bundle by this key.' }),
    yes: Flags.boolean({
      summary: 'Ask nothing. To approve, it needs --report-digest.',
    }),
    'report-digest': Flags.string({
      summary: 'Digest of the report that was read.',
      helpValue: 'DIGEST',
    }),
    signer: Flags.file({
      multiple: true,
      multipleNonGreedy: true,
      summary: "Trust this public key of the medium's signer instead of the machine's own.",
      helpValue: 'FILE',
    }),
    root: Flags.directory({
      default: '/',
      summary: 'Take the trusted keys from the system below this directory.',
      helpValue: 'DIR',
    }),
    'dry-run': Flags.boolean({ summary: 'Check everything and show what would be signed.' }),
  };

  protected readonly resultName = 'approve-result';

  async run(): Promise<ApproveReport> {
    const { args, flags } = await this.parse(Approve);
    const { media, key, words, days, withdraw, yes, signer = [], root } = flags;
    const report = await approve({
      ...{ media, words, days, withdraw, yes, root },
      bundle: args.bundle,
      keyFile: key,
      by: flags.as,
      signerFiles: signer,
      reportDigest: flags['report-digest'],
      dryRun: flags['dry-run'],
      confirm: askForApproval,
      askPassphrase,
      context: this.context(flags),
    });
    this.print(approveText(report));
    return report;
  }
}
