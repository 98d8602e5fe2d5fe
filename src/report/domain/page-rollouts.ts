/** The part of the page about the rollouts of the site's clusters. */
import { html, nothing, type Markup } from './markup.ts';
import { labelledTable } from './page-hosts.ts';
import type { PageWords } from './page-words.ts';
import type { Report } from './report.ts';

export function rolloutSection({ rollouts }: Report, words: PageWords): Markup {
  if (rollouts.length === 0) return nothing;
  return html`<section id="rollouts"><h2>${words.rollouts}</h2>${rollouts.map((one) => rolloutPart(one, words))}</section>`;
}

function rolloutPart({ begun, owners, steps, gaps }: Report['rollouts'][number], words: PageWords): Markup {
  const stepWords = {
    ...{ drain: words.stepDrain, upgrade: words.stepUpgrade, reboot: words.stepReboot },
    ...{ next: words.stepNext, release: words.stepRelease },
  };
  const head = [words.date, words.node, words.step, words.owner, words.judgedOn, words.gates, words.logs];
  const rows = steps.map((step) => [
    ...[step.time, step.node ?? '', stepWords[step.step], step.owner, step.host, String(step.gates)],
    step.logs.map(({ name, sha256 }) => `${name} ${sha256.slice(0, 16)}`).join(', '),
  ]);
  const missing = gaps.map((gap) => {
    const word = gap.kind === 'missing' ? words.entryMissing : words.entryNotCarriedOut;
    return html`<li>${gap.number}: ${word}${gap.kind === 'missing' ? '' : ` (${gap.host})`}</li>`;
  });
  return html`<h3>${begun}, ${owners.join(' → ')}</h3>${labelledTable(head, rows)}
${missing.length === 0 ? nothing : html`<ul>${missing}</ul>`}`;
}
