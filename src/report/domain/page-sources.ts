/** The part of the page about packages: a table of all source packages, then the changelog of each. */
import { highestUrgency } from './changelog.ts';
import { changelogRemarks } from './changelog-remarks.ts';
import { html, nothing, type Markup } from './markup.ts';
import { labelledTable } from './page-hosts.ts';
import type { PageWords } from './page-words.ts';
import type { Report, ReportedSource } from './report.ts';

/** A browser skips what is not in view, section by section. */
const rowsOfTable = 250;
const actions = {
  added: 'install',
  upgraded: 'upgrade',
  downgraded: 'downgrade',
  removed: 'remove',
} as const;

/** In parts, so that a page of 70,000 packages is never in memory as a whole. */
export function* sourceSection({ sources, mirrors }: Report, words: PageWords): Generator<Markup> {
  yield html`<section id="sources"><h2>${words.bySource}</h2><p class="note">${words.bySourceNote}</p>`;
  if (sources.length === 0) yield html`<p>${words.nothingChanges}</p>`;
  const head = [words.source, words.change, words.from, words.to, words.urgency, words.cves, words.on];
  for (let start = 0; start < sources.length; start += rowsOfTable) {
    const rows = sources
      .slice(start, start + rowsOfTable)
      .map((source, index) => row(source, { words, number: start + index }));
    yield html`<div class="lazy">${labelledTable(head, rows)}</div>`;
  }
  yield html`</section><section id="changelogs"><h2>${words.changelog}</h2>`;
  const origins = new Map(mirrors.map((mirror) => [mirror.id, mirror]));
  for (const [number, source] of sources.entries()) {
    if (hasDetails(source)) yield article(source, { words, number, origins });
  }
  yield html`</section>`;
}

function hasDetails({ changelog, missing, gap }: ReportedSource): boolean {
  return changelog.length > 0 || missing !== null || gap !== null;
}

function row(
  source: ReportedSource,
  { words, number }: { words: PageWords; number: number },
): (string | Markup)[] {
  const name = hasDetails(source) ? html`<a href="#s${number}">${source.source}</a>` : source.source;
  const kinds = [...new Set(source.packages.map(({ change }) => change))];
  return [
    name,
    kinds.map((kind) => words[actions[kind]]).join(', '),
    ...versionsOf(source),
    urgency(source.urgency),
    source.cves.join(' '),
    source.hosts.join(', '),
  ];
}

function urgency(value: string | null): Markup | string {
  if (value === null) return '';
  return ['high', 'emergency', 'critical'].includes(value) ? html`<b>▲ ${value}</b>` : value;
}

/** The versions of its packages before and after, each once. */
function versionsOf({ packages }: ReportedSource): [string, string] {
  const all = (side: 'from' | 'to'): string =>
    [...new Set(packages.flatMap((item) => item[side] ?? []))].join(', ');
  return [all('from'), all('to')];
}

function article(
  source: ReportedSource,
  about: { words: PageWords; number: number; origins: ReadonlyMap<string, Report['mirrors'][number]> },
): Markup {
  const { words, number, origins } = about;
  const [from, to] = versionsOf(source);
  const names = source.packages.map(({ name, architecture }) => `${name}:${architecture}`);
  const signed = source.mirrors.map((id) => {
    const mirror = origins.get(id);
    return html`<li>${id}: ${mirror?.origin ?? words.unknown}; ${words.signedBy} <code>${(mirror?.signers ?? []).join(', ')}</code></li>`;
  });
  const isUrgent = ['high', 'emergency', 'critical'].includes(highestUrgency(source.changelog) ?? '');
  const entries = source.changelog.map(
    (entry) =>
      html`<h4>${entry.version} <small>${entry.urgency}</small></h4><pre>${entry.text.replaceAll('\t', '        ')}</pre>`,
  );
  const missing = changelogRemarks(source, words).map((remark) => html`<p class="warn">▲ ${remark}</p>`);
  return html`<article class="source lazy" id="s${number}"><h3>${source.source} <small>${from} → ${to}</small></h3>
<p class="soft">${names.join(', ')}</p><ul class="soft">${signed}</ul>
${source.cves.length === 0 ? nothing : html`<p><b>${words.cves}:</b> ${source.cves.map((cve) => html`<br>${cveLink(cve)}`)}</p>`}${missing}
${entries.length === 0 ? nothing : html`<details${isUrgent || source.cves.length > 0 ? html` open` : nothing}><summary>${words.changelog}</summary>${entries}</details>`}</article>`;
}

/** The address is the text, so that it is worth something on paper and without network. */
function cveLink(cve: string): Markup {
  const address = `https://security-tracker.debian.org/tracker/${cve}`;
  return html`${cve}: <a href="${address}" rel="noreferrer">${address}</a>`;
}
