/** Formats the outcome of `bundle co-sign` for people. */
import type { CoSignReport } from '../domain/co-signature.ts';
import { formatFields } from '../../core/ui/format.ts';

export function coSignText(report: CoSignReport): string {
  const parts = [
    headline(report),
    formatFields({
      Baseline: report.baseline.name,
      Digest: report.baseline.digest,
      Directory: report.directory,
      'Signed before by': report.signers.join(', ') || 'no key that is known here',
      ...(report.added.length === 0 ? {} : { 'Signed now by': report.added.join(', ') }),
      ...(report.alsoSigned.length === 0 ? {} : { 'Signed as well': report.alsoSigned.join(', ') }),
    }),
  ];
  if (report.differences.length > 0) {
    parts.push(['Not the same:', ...report.differences.map((difference) => `  ${difference}`)].join('\n'));
  }
  const advice = adviceOn(report);
  if (advice !== undefined) parts.push(advice);
  return parts.join('\n');
}

function headline({ outcome, bundle }: CoSignReport): string {
  const lines = {
    'co-signed': `Signed ${bundle}: this machine makes the very same bundle. Nothing else of it was changed.`,
    unchanged: `Every key of the config has signed ${bundle} already.`,
    different: `Did not sign ${bundle}: this machine would make another. Nothing was changed.`,
    planned: `Would sign ${bundle}: this machine makes the very same bundle. This was a dry run.`,
  };
  return lines[outcome];
}

/** The packages are the same, but the documents describe two different runs. */
function adviceOn({ differences }: CoSignReport): string | undefined {
  const isOnlyTime = differences.some((difference) => difference === 'baseline.json: created');
  const hasOtherContent = differences.includes('baseline.json: content');
  if (!isOnlyTime || hasOtherContent) return undefined;
  return [
    'Both machines have the same content, from snapshots of different times. Set SOURCE_DATE_EPOCH to the same',
    'value on both when you run "pommgr snapshot": the baselines are then the same, byte for byte.',
  ].join('\n');
}
