/** Names the files of approvals and of a report: on a medium, where FAT must hold them, and in a store. */
import { compactTime } from '../../core/domain/time.ts';
import type { Statement } from './statement.ts';

/** The page in English and in Japanese, and its data. */
export const reportPageNames = { en: 'report.html', ja: 'report.ja.html' } as const;
export const reportDataName = 'report.json';
export const reportFileNames: readonly string[] = [...Object.values(reportPageNames), reportDataName];

/** The files of one statement, without their suffix: `<key id>-<time>`. */
export function statementStem({ at }: Pick<Statement, 'at'>, keyId: string): string {
  return `${keyId}-${compactTime(at)}`;
}

const stemPattern = /^([0-9a-f]{16})-(\d{8}T\d{6}Z)$/;

function isStatementStem(name: string): boolean {
  return stemPattern.test(name);
}

export function keyIdOfStem(stem: string): string {
  return stem.slice(0, 16);
}

/** `.txt`: the statement; `.sig`: its signature; `.words`: words that it has no room for. */
export const statementSuffixes = ['.txt', '.sig', '.words'] as const;
export type StatementSuffix = (typeof statementSuffixes)[number];

/** Returns the stem and suffix of a file's name; undefined for any other name. */
export function statementFileOf(name: string): { stem: string; suffix: StatementSuffix } | undefined {
  const suffix = statementSuffixes.find((end) => name.endsWith(end));
  if (suffix === undefined) return undefined;
  const stem = name.slice(0, -suffix.length);
  return isStatementStem(stem) ? { stem, suffix } : undefined;
}
