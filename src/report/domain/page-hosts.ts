/** The part of the page about hosts: what changes on each, its risks, and the book of all hosts. */
import { formatBytes } from '../../core/domain/byte-size.ts';
import type { Forecast } from '../../forecast/domain/forecast.ts';
import { html, nothing, type Markup } from './markup.ts';
import { stackedBar, legend, type BarPart } from './page-charts.ts';
import type { PageWords } from './page-words.ts';
import type { BookEntry, HostChanges, Report } from './report.ts';

export function hostSection({ hosts }: Report, words: PageWords): Markup {
  const parts = hosts.map((host) => changeParts(host.forecast, words));
  const most = Math.max(0, ...parts.map((all) => all.reduce((sum, { count }) => sum + count, 0)));
  const cards = hosts.map((host, index) => hostCard(host, { words, most, parts: parts[index] ?? [] }));
  const intro = hosts.length === 0 ? words.noHosts : words.hostChangesNote;
  return html`<section id="hosts"><h2>${words.hostChanges}</h2><p class="note">${intro}</p>${cards}</section>`;
}

function changeParts(forecast: Forecast | null, words: PageWords): BarPart[] {
  const changes = forecast === null ? [] : forecast.sources.flatMap(({ changes: all }) => all);
  return (['upgrade', 'install', 'downgrade', 'remove'] as const).map((kind) => ({
    kind,
    label: words[kind],
    count: changes.filter(({ action }) => action === kind).length,
  }));
}

function hostCard(
  { name, products, locked, forecast, problem }: HostChanges,
  { words, most, parts }: { words: PageWords; most: number; parts: readonly BarPart[] },
): Markup {
  const head = html`<h3>${name} <small>${products.join(', ')}</small> ${verdict(forecast, words)}</h3>`;
  const when = html`<p class="soft">${words.locked}: <time>${locked}</time></p>`;
  if (forecast === null)
    return html`<article class="host stop">${head}${when}<p lang="en">${problem ?? ''}</p></article>`;
  return html`<article class="host ${forecast.verdict}">${head}${when}
${stackedBar(parts, most)}${legend(parts)}
${facts(forecast, words)}${details(forecast, words)}</article>`;
}

function verdict(forecast: Forecast | null, words: PageWords): Markup {
  if (forecast === null) return html`<span class="tag warn">? ${words.notForecast}</span>`;
  if (forecast.verdict === 'stop') return html`<span class="tag bad">■ ${words.stop}</span>`;
  return html`<span class="tag good">✓ ${words.go}</span>`;
}

/** The risks at a glance: a word for each, and a mark where there is something to see to. */
function facts(forecast: Forecast, words: PageWords): Markup {
  const { sizes, reboot, conffiles, restarts, heldBack, questions, news, refusals } = forecast;
  const removals = forecast.sources
    .flatMap(({ changes }) => changes)
    .filter((one) => one.action === 'remove');
  const rows: [string, string | number, boolean][] = [
    [words.download, formatBytes(sizes.downloadBytes), false],
    [words.disk, `${sizes.diskBytes < 0 ? '−' : '+'}${formatBytes(Math.abs(sizes.diskBytes))}`, false],
    [words.reboot, reboot.length === 0 ? words.noReboot : reboot.length, reboot.length > 0],
    [words.prompts, conffiles.prompts.length, conffiles.prompts.length > 0],
    [words.removals, removals.length, removals.length > 0],
    [words.refusals, refusals.length, refusals.length > 0],
    [words.restarts, restarts.length, false],
    [words.heldBack, heldBack.length, heldBack.length > 0],
    [words.questions, questions.length, questions.length > 0],
    [words.news, news.length, false],
  ];
  const items = rows.map(
    ([label, value, isMarked]) =>
      html`<div class="${isMarked ? 'fact marked' : 'fact'}"><dt>${label}</dt><dd>${isMarked ? '▲ ' : ''}${value}</dd></div>`,
  );
  return html`<dl class="facts">${items}</dl>`;
}

/** What the numbers stand for, where somebody has to decide about it. */
function details(forecast: Forecast, words: PageWords): Markup {
  const removed = forecast.sources
    .flatMap(({ changes }) => changes)
    .filter(({ action }) => action === 'remove')
    .map(({ name, from }) => `${name} ${from ?? ''}`);
  return html`${[
    list(
      words.refusals,
      forecast.refusals.map(({ what }) => what),
    ),
    list(words.removedPackages, removed),
    list(
      words.reboot,
      forecast.reboot.map(({ package: name, what }) => (name === null ? what : `${name}: ${what}`)),
    ),
    list(
      words.prompts,
      forecast.conffiles.prompts.map(({ path, package: name }) => `${path} (${name})`),
    ),
    list(
      words.heldBack,
      forecast.heldBack.map(({ name, installed, offered }) => `${name} ${installed} → ${offered}`),
    ),
    list(words.unknownFacts, forecast.unknown),
  ]}`;
}

/** The texts come from the forecast, which speaks English. */
function list(title: string, items: readonly string[]): Markup {
  if (items.length === 0) return nothing;
  return html`<h4>${title}</h4><ul lang="en">${items.map((item) => html`<li>${item}</li>`)}</ul>`;
}

export function bookSection({ book }: Report, words: PageWords): Markup {
  if (book.length === 0) return nothing;
  const head = [
    ...[words.host, words.products, words.applied, words.drift, words.forecast],
    ...[words.subscriptions, words.key, words.reported, words.wishes],
  ];
  const rows = book.map((host) => [
    host.name === '' ? host.keyId : host.name,
    host.products.join(', '),
    host.baseline ?? words.none,
    driftText(host.drift, words),
    forecastText(host.forecast, words),
    host.subscriptions.map(subscriptionText).join('; '),
    ...[host.keyId, host.reported, host.wishes.join(', ')],
  ]);
  return html`<section id="book"><h2>${words.book}</h2>${labelledTable(head, rows)}</section>`;
}

function driftText(drift: BookEntry['drift'], words: PageWords): string {
  if (drift === null) return words.unknown;
  const { behind, ahead, foreign } = drift;
  return `${behind} ${words.driftBehind}, ${ahead} ${words.driftAhead}, ${foreign} ${words.driftForeign}`;
}

function forecastText(forecast: BookEntry['forecast'], words: PageWords): Markup {
  if (forecast === null) return html`? ${words.notForecast}`;
  const { verdict, changes, reboot, prompts } = forecast;
  const risks = [
    ...(verdict === 'stop' ? [`■ ${words.stop}`] : []),
    ...(reboot ? [`▲ ${words.reboot}`] : []),
    ...(prompts > 0 ? [`▲ ${words.prompts} ${prompts}`] : []),
  ];
  return html`${words.packages} ${changes}${risks.map((risk) => html`<br>${risk}`)}`;
}

function subscriptionText({ maskedKey, validUntil, verdict }: BookEntry['subscriptions'][number]): string {
  return [maskedKey ?? '-', validUntil?.slice(0, 10) ?? '-', verdict].join(' ');
}

/** A table whose rows become blocks on a narrow screen, each cell with the title of its column. */
export function labelledTable(
  head: readonly string[],
  rows: readonly (readonly (string | Markup)[])[],
): Markup {
  const cell = (value: string | Markup, index: number): Markup =>
    value === '' ? html`<td class="empty"></td>` : html`<td data-label="${head[index] ?? ''}">${value}</td>`;
  return html`<table class="blocks"><thead><tr>${head.map((title) => html`<th scope="col">${title}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>\n`)}</tbody></table>`;
}
