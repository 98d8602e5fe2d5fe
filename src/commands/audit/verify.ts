import type { AuditVerification } from '../../upkeep/domain/audit-verification.ts';
import { auditText } from '../../upkeep/ui/audit-text.ts';
import { BaseCommand } from '../../core/ui/base-command.ts';
import { storeFlags } from '../../store/ui/store-flags.ts';
import { auditVerify } from '../../upkeep/workflows/audit-verify.ts';

export default class AuditVerify extends BaseCommand {
  static override summary = "Check that a host's audit log is what was written.";
  static override description = `Each line of the log names the digest of the line before, and the store's
state names the last one's. A line that was changed, removed or moved is
found, the last one, too. Exit code 1 when there is one.`;
  static override examples = [
    { command: '<%= config.bin %> <%= command.id %>', description: "Check this machine's log." },
  ];
  static override flags = {
    ...storeFlags,
  };

  protected readonly resultName = 'audit-verify-result';

  async run(): Promise<AuditVerification> {
    const { flags } = await this.parse(AuditVerify);
    this.context(flags);
    const result = await auditVerify({ root: flags.root, store: flags.store });
    if (result.problems.length > 0) this.answerNo();
    this.print(auditText(result));
    return result;
  }
}
