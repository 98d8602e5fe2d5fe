/** What has to be said beside a changelog, in the words of a language: why it is missing, or where it has a gap. */
import type { PageWords } from './page-words-en.ts';
import type { ReportedSource } from './report.ts';

export function changelogRemarks(
  { missing, gap }: Pick<ReportedSource, 'missing' | 'gap'>,
  words: PageWords,
): string[] {
  const remarks: string[] = [];
  if (missing !== null) {
    const why = {
      absent: words.missingAbsent,
      damaged: words.missingDamaged,
      'too-large': words.missingTooLarge,
      unreadable: words.missingUnreadable,
    }[missing.why];
    remarks.push(`${words.noChangelog}: ${why}${missing.detail === '' ? '' : ` (${missing.detail})`}`);
  }
  if (gap !== null) {
    remarks.push(
      { cut: words.gapCut, 'ends-early': words.gapEndsEarly, 'other-versions': words.gapOtherVersions }[gap],
    );
  }
  return remarks;
}
