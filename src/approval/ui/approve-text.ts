/** Formats what an approver is asked about, and what was signed. */
import { printableName } from '../../core/domain/printable.ts';
import { formatCount, formatFields } from '../../core/ui/format.ts';
import type { ApprovalSubject, ApproveReport } from '../domain/approve-report.ts';

export function approveText(report: ApproveReport): string {
  const { outcome, bundle, approver, by, at, until, words, statements } = report;
  const headline = {
    approved: `Approved ${bundle}. Unmount the medium before you take it out.`,
    withdrawn: `Withdrew the approvals of ${bundle} by this key. Hosts that have seen them need to see this, too.`,
    'would-approve': `Would approve ${bundle}. Nothing was changed: this was a dry run.`,
    'would-withdraw': `Would withdraw the approvals of ${bundle}. Nothing was changed: this was a dry run.`,
  }[outcome];
  return [
    headline,
    formatFields({
      ...subjectFields(report),
      Approver: approver,
      By: printableName(by),
      At: at,
      ...(until === null ? {} : { 'Counts until': until }),
      Words: printableName(words),
    }),
    ...statements.map((file) => `Wrote ${file}.`),
  ].join('\n');
}

/** What an approver sees before the question. */
export function subjectText(subject: ApprovalSubject): string {
  return formatFields({ Bundle: subject.bundle, ...subjectFields(subject) });
}

function subjectFields({ root, signers, report, earlier }: ApprovalSubject): Record<string, string> {
  return {
    'SHA256SUMS of the bundle': root,
    'Signed by': signers.join(', '),
    ...(report === null ? {} : reportFields(report)),
    ...(earlier.length === 0 ? {} : { 'Earlier statements by this key': earlier.join(', ') }),
  };
}

function reportFields({ digest, pages, summary }: NonNullable<ApprovalSubject['report']>) {
  const { baseline, since, comparedWith, totals } = summary;
  const { upgraded, added, downgraded, removed, sources, cves } = totals;
  return {
    Baseline: `${baseline.name}, ${baseline.digest}`,
    'Compared with': comparisonText(comparedWith, since),
    Changes: `${formatCount(sources, 'source package')}: ${upgraded} packages upgraded, ${added} added, ${downgraded} downgraded, ${removed} removed`,
    'CVEs named': String(cves),
    Page: `${pages.en} (English), ${pages.ja} (Japanese)`,
    'Report digest': digest,
  };
}

function comparisonText(
  comparedWith: 'hosts' | 'baseline' | 'nothing',
  since: { name: string; digest: string } | null,
): string {
  if (since !== null) return `${since.name}, ${since.digest}`;
  return comparedWith === 'hosts'
    ? 'what the hosts have installed'
    : 'nothing: it lists all that the baseline has';
}
