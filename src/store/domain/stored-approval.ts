/** Names where a store keeps the approvals of a baseline; no mirror can have that name. */
import { statementFileOf } from '../../approval/domain/approval-files.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';
import { isRootSignatureName } from '../../trust/domain/signing-key.ts';

/** Directory below that of a stored baseline. */
export const approvalDirectoryName = '+approval';
/** Below it: the signed manifest of the report. */
export const reportRootDirectoryName = 'report';

export function isApprovalFileName(name: string): boolean {
  return statementFileOf(name) !== undefined;
}

export function isReportRootName(name: string): boolean {
  return name === rootFileName || isRootSignatureName(name);
}

/** Returns whether it is a file of the directory, by its path there. */
export function isApprovalPath(parts: readonly string[]): boolean {
  const [first = '', second, ...rest] = parts;
  if (rest.length > 0) return false;
  if (second === undefined) return isApprovalFileName(first);
  return first === reportRootDirectoryName && isReportRootName(second);
}
