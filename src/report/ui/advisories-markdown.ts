/** Known security issues of a report as Markdown: tables for each host, and what the data are. */
import type { AdvisoryFindings, Finding, HostFindings } from '../../advisories/domain/findings.ts';

/** Formats a table of cells that it escapes. */
type Table = (head: readonly string[], rows: readonly (readonly string[])[]) => string;

/** Longer lists are in the JSON document. */
const mostRows = 200;

export function advisoriesMarkdown(advisories: AdvisoryFindings | null, table: Table): string[] {
  if (advisories === null) return [];
  const { data, changelogsOnly, hosts, notInstalled } = advisories;
  return [
    '## Security issues',
    table(
      ['data', 'format', 'releases', 'of', 'days old', 'doubt'],
      data.map((one) => [
        ...[one.name, one.format, one.releases.join(', '), one.dated.slice(0, 10)],
        ...[String(one.ageDays), one.doubt ?? '-'],
      ]),
    ),
    ...(changelogsOnly.length === 0
      ? []
      : [
          `There is no such data for ${changelogsOnly.map((vendor) => vendor.replaceAll(/[^\w .-]/g, '?')).join(', ')}: what is known of these packages is what their changelogs say.`,
        ]),
    ...hosts.flatMap((host) => hostParts(host, table)),
    `${notInstalled.length} more issues are open in packages of the baseline that no known host has installed.`,
  ];
}

function hostParts({ host, release, mended, open, unknownSource }: HostFindings, table: Table): string[] {
  const name = host.replaceAll(/[^\w.-]/g, '?');
  return [
    `### ${name}`,
    `${release.replaceAll(/[^\w-]/g, '?')}: issues mended: ${mended.length}; open after the upgrade: ${open.length}.`,
    ...(unknownSource.length === 0
      ? []
      : [`${unknownSource.length} packages are in no baseline: their source packages are not known.`]),
    ...findingsTable('Mended', mended, table),
    ...findingsTable('Open', open, table),
  ];
}

function findingsTable(title: string, findings: readonly Finding[], table: Table): string[] {
  if (findings.length === 0) return [];
  const rows = findings
    .slice(0, mostRows)
    .map((finding) => [
      finding.id,
      finding.package,
      finding.isUndetermined ? 'undetermined' : finding.urgency,
      [finding.fixed ?? finding.available ?? '-', finding.decision ?? ''].join(' ').trim(),
      finding.packages.map((item) => `${item.name} ${item.after ?? item.before ?? ''}`).join(', '),
    ]);
  const more =
    findings.length > mostRows ? [`… and ${findings.length - mostRows} more, which --json has.`] : [];
  return [`${title}:`, table(['issue', 'package', 'urgency', 'mended by', 'on the host'], rows), ...more];
}
