/**
 * Makes the report's page: one HTML file without scripts and external resources, for a screen, a telephone or paper.
 * Invariant: it is complete in itself and forbids a browser to fetch or run anything.
 */
import { html, nothing, styleSheet, type Markup } from './markup.ts';
import { barList, legend, patterns, stackedBar, type BarPart } from './page-charts.ts';
import { advisorySection } from './page-advisories.ts';
import { bookSection, hostSection, labelledTable } from './page-hosts.ts';
import { lifeCycleSection } from './page-life-cycle.ts';
import { rolloutSection } from './page-rollouts.ts';
import { sourceSection } from './page-sources.ts';
import { pageWords, type PageLanguage, type PageWords } from './page-words.ts';
import type { Report } from './report.ts';

/** In parts; together they are the page. */
export function* reportPage(
  report: Report,
  { lang, css }: { lang: PageLanguage; css: string },
): Generator<string> {
  const words = pageWords[lang];
  const title = `${report.baseline.name}: ${words.title}`;
  yield html`<!DOCTYPE html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
${styleSheet(css)}
</head>
<body>
${patterns}<header><h1>${title}</h1>${identity(report, words)}${contents(report, words)}</header>
<main>
`.markup;
  yield overview(report, words).markup;
  yield hostSection(report, words).markup;
  for (const part of advisorySection(report, words)) yield part.markup;
  yield lifeCycleSection(report, words).markup;
  yield bookSection(report, words).markup;
  yield rolloutSection(report, words).markup;
  yield mirrorSection(report, words).markup;
  for (const part of sourceSection(report, words)) yield part.markup;
  yield '</main>\n</body>\n</html>\n';
}

function identity({ baseline, since, comparedWith, made, nextVisit }: Report, words: PageWords): Markup {
  const named = (one: Report['baseline']): Markup =>
    html`${one.name}, <time>${one.created}</time><br><code>${one.digest}</code>`;
  return html`<dl class="identity"><dt>${words.baseline}</dt><dd>${named(baseline)}</dd>
<dt>${words.since}</dt><dd>${since === null ? (comparedWith === 'hosts' ? words.sinceHosts : words.sinceNothing) : named(since)}</dd>
<dt>${words.made}</dt><dd><time>${made}</time></dd>
<dt>${words.nextVisit}</dt><dd>${nextVisit ?? words.unknown}</dd></dl>`;
}

function contents({ book, rollouts }: Report, words: PageWords): Markup {
  const links = [
    ['overview', words.overview],
    ['hosts', words.hostChanges],
    ['advisories', words.advisories],
    ['life-cycle', words.lifeCycle],
    ...(book.length === 0 ? [] : [['book', words.book]]),
    ...(rollouts.length === 0 ? [] : [['rollouts', words.rollouts]]),
    ['mirrors', words.mirrors],
    ['sources', words.bySource],
  ].map(([id = '', text = '']) => html`<li><a href="#${id}">${text}</a></li>`);
  return html`<nav aria-label="${words.contents}"><ul>${links}</ul></nav>`;
}

function overview({ totals, sources, hosts }: Report, words: PageWords): Markup {
  const parts: BarPart[] = [
    { kind: 'upgrade', label: words.upgrades, count: totals.upgraded },
    { kind: 'install', label: words.installs, count: totals.added },
    { kind: 'downgrade', label: words.downgrades, count: totals.downgraded },
    { kind: 'remove', label: words.removals, count: totals.removed },
  ];
  const forecasts = hosts.flatMap(({ forecast }) => forecast ?? []);
  const figures: [string, number][] = [
    [words.sources, totals.sources],
    [words.namedCves, totals.cves],
    [words.hosts, hosts.length],
    [words.hostsStop, hosts.filter(({ forecast }) => forecast?.verdict !== 'go').length],
    [words.hostsReboot, forecasts.filter(({ reboot }) => reboot.length > 0).length],
    [words.hostsPrompts, forecasts.filter(({ conffiles }) => conffiles.prompts.length > 0).length],
  ];
  const most = parts.reduce((sum, { count }) => sum + count, 0);
  const urgencies = urgencyParts(sources);
  return html`<section id="overview"><h2>${words.overview}</h2>
<dl class="figures">${figures.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
<h3>${words.changesByKind}</h3>${stackedBar(parts, most)}${legend(parts)}
${urgencies.length === 0 ? nothing : html`<h3>${words.sourcesByUrgency}</h3>${barList(urgencies)}`}</section>`;
}

function urgencyParts(sources: Report['sources']): BarPart[] {
  return ['critical', 'emergency', 'high', 'medium', 'low', 'unknown']
    .map((label) => ({
      kind: 'plain',
      label,
      count: sources.filter(({ urgency }) => urgency === label).length,
    }))
    .filter(({ count }) => count > 0);
}

function mirrorSection({ mirrors }: Report, words: PageWords): Markup {
  const head = [words.mirror, words.origin, words.suite, words.date, words.signedBy];
  const rows = mirrors.map(({ id, origin, suite, date, signers }) => [
    ...[id, origin ?? words.unknown, suite, date ?? words.unknown],
    html`<code>${signers.join(' ')}</code>`,
  ]);
  return html`<section id="mirrors"><h2>${words.mirrors}</h2>${labelledTable(head, rows)}</section>`;
}
