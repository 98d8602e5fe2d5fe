/**
 * Keeps the approvals of a stored baseline, and the signed manifest of its report, beside its documents. Invariant: a
 * statement's text is written after its signature, and the manifest after its own.
 */
import { join } from 'node:path';
import { isUnfinishedStatement, type StatementSource } from '../../approval/adapters/statement-files.ts';
import type { ReportRoot } from '../../approval/adapters/report-root.ts';
import {
  listDirectory,
  makeDirectory,
  pathExists,
  removeTemporaries,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { readRegularFile } from '../../core/adapters/regular-file.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';
import { approvalDirectoryName, reportRootDirectoryName } from '../domain/stored-approval.ts';

/** `directory` is the stored baseline's. */
export async function storedApprovals(directory: string): Promise<StatementSource> {
  const where = join(directory, approvalDirectoryName);
  const names = (await listDirectory(where)).filter(
    (name) => name !== reportRootDirectoryName && !isUnfinishedStatement(name),
  );
  return sourceAt(where, names);
}

/** The signed manifest of the report. */
export async function storedReportRoot(directory: string): Promise<StatementSource> {
  const where = join(directory, approvalDirectoryName, reportRootDirectoryName);
  return sourceAt(where, await listDirectory(where));
}

function sourceAt(where: string, names: readonly string[]): StatementSource {
  return { where, names, read: (name, maxBytes) => readRegularFile(join(where, name), maxBytes) };
}

/** Adds statements that the store lacks; none is ever removed, for a withdrawal must not be forgotten. */
export async function keepApprovals(
  directory: string,
  { files, report }: { files: ReadonlyMap<string, Buffer>; report: ReportRoot | undefined },
): Promise<void> {
  if (files.size === 0 && report === undefined) return;
  const to = join(directory, approvalDirectoryName);
  await makeDirectory(to);
  await removeTemporaries(to, () => true);
  const last = (name: string): boolean => name.endsWith('.txt');
  await writeMissing(
    to,
    [...files].toSorted(([a], [b]) => Number(last(a)) - Number(last(b))),
  );
  if (report === undefined) return;
  const reportDirectory = join(to, reportRootDirectoryName);
  await makeDirectory(reportDirectory);
  await removeTemporaries(reportDirectory, () => true);
  const ordered = [...report.files].toSorted(
    ([a], [b]) => Number(a === rootFileName) - Number(b === rootFileName),
  );
  for (const [name, bytes] of ordered) await writeFileAtomic(join(reportDirectory, name), bytes);
}

async function writeMissing(directory: string, files: readonly (readonly [string, Buffer])[]): Promise<void> {
  for (const [name, bytes] of files) {
    const path = join(directory, name);
    if (!(await pathExists(path))) await writeFileAtomic(path, bytes);
  }
}
