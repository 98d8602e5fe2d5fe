/** Shows what is to be approved, and asks on the terminal; returns undefined where there is none. */
import { askYesNo } from '../../core/ui/terminal-question.ts';
import type { ApprovalSubject } from '../domain/approve-report.ts';
import { subjectText } from './approve-text.ts';

export async function askForApproval(subject: ApprovalSubject): Promise<boolean | undefined> {
  const question =
    subject.decision === 'approve'
      ? 'Open the page in a browser first. Approve this bundle?'
      : 'Withdraw your approvals of this bundle?';
  return askYesNo(`${subjectText(subject)}\n${question}`);
}
