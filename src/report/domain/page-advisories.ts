/** The part of the page about known security issues: what the baseline mends on which host, and what stays open. */
import { urgencies } from '../../advisories/domain/issue.ts';
import type { AdvisoryFindings, Finding } from '../../advisories/domain/findings.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { html, nothing, type Markup } from './markup.ts';
import { labelledTable } from './page-hosts.ts';
import type { PageWords } from './page-words.ts';
import type { Report } from './report.ts';

/** A browser skips what is not in view, section by section. */
const rowsOfTable = 250;

export function* advisorySection({ advisories }: Report, words: PageWords): Generator<Markup> {
  yield html`<section id="advisories"><h2>${words.advisories}</h2>`;
  if (advisories === null) {
    yield html`<p>${words.noAdvisories}</p></section>`;
    return;
  }
  yield dataPart(advisories, words);
  yield hostPart(advisories, words);
  const rows = [...issueRows(advisories, words)];
  const head = [words.issue, words.source, words.urgency, words.mendedOn, words.openOn, words.fixedIn];
  for (let start = 0; start < rows.length; start += rowsOfTable)
    yield html`<div class="lazy">${labelledTable(head, rows.slice(start, start + rowsOfTable))}</div>`;
  yield html`${notInstalledPart(advisories.notInstalled, words)}</section>`;
}

function dataPart({ data, changelogsOnly }: AdvisoryFindings, words: PageWords): Markup {
  const items = data.map(
    ({ name, format, releases, dated, ageDays, issues, sha256, doubt }) =>
      html`<li>${name} (${format}, ${releases.join(', ')}): ${words.date} ${dated}, ${words.ageDays} ${ageDays}, ${words.issues} ${issues}, <code>${sha256}</code>${doubt === null ? nothing : html` <b class="warn" lang="en">▲ ${doubt}</b>`}</li>`,
  );
  const vendors =
    changelogsOnly.length === 0
      ? nothing
      : html`<p>${words.changelogsOnly}: ${changelogsOnly.join(', ')}</p>`;
  return html`<p class="note">${words.advisoriesNote}</p><ul>${items}</ul>${vendors}`;
}

function hostPart({ hosts }: AdvisoryFindings, words: PageWords): Markup {
  const head = [words.host, words.mended, words.open, words.openHigh, words.unknownSource];
  const rows = hosts.map(({ host, mended, open, unknownSource }) => [
    host,
    String(mended.length),
    String(open.length),
    String(open.filter(({ urgency }) => urgency === 'high' || urgency === 'critical').length),
    unknownSource.join(', '),
  ]);
  return labelledTable(head, rows);
}

/** One row for each issue in each package, the most urgent first. */
function* issueRows({ hosts }: AdvisoryFindings, words: PageWords): Generator<(string | Markup)[]> {
  const found = new Map<string, { finding: Finding; mended: string[]; open: string[] }>();
  for (const { host, mended, open } of hosts) {
    for (const [side, findings] of [
      ['mended', mended],
      ['open', open],
    ] as const) {
      for (const finding of findings) {
        const key = `${finding.id} ${finding.package}`;
        const row = found.get(key) ?? { finding, mended: [], open: [] };
        found.set(key, row);
        row[side].push(host);
      }
    }
  }
  const rank = ({ urgency }: Finding): number => urgencies.indexOf(urgency);
  const sorted = [...found.values()].toSorted(
    (a, b) => rank(b.finding) - rank(a.finding) || compareText(a.finding.id, b.finding.id),
  );
  for (const { finding, mended, open } of sorted) {
    const { id, package: name, urgency, available, fixed } = finding;
    const isHigh = urgency === 'high' || urgency === 'critical';
    yield [
      html`${id}<br><small lang="en">${finding.description}</small>`,
      name,
      isHigh ? html`<b>▲ ${urgency}</b>` : urgency,
      mended.join(', '),
      open.join(', '),
      available ?? fixed ?? words.none,
    ];
  }
}

function notInstalledPart(findings: readonly Finding[], words: PageWords): Markup {
  if (findings.length === 0) return nothing;
  const names = findings.map(({ id, package: name }) => `${id} (${name})`);
  return html`<details class="lazy"><summary>${words.notInstalled}: ${findings.length}</summary><p>${names.join(', ')}</p></details>`;
}
