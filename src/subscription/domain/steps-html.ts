/** Renders activation steps as one HTML page without scripts and external resources, for the screen or for printing. */
import { plainText, type Block, type Inline } from './steps-document.ts';

export interface PageOptions {
  /** Value of the `lang` attribute. */
  lang: string;
  css: string;
}

/** Hosts that are on the page can be jumped to from the list at its top. */
export function renderStepsHtml(blocks: readonly Block[], { lang, css }: PageOptions): string {
  const title = blocks.find((block) => block.kind === 'title');
  const parts: string[] = [];
  const open: string[] = [];
  let [host, step] = [0, 0];
  for (const block of blocks) {
    if (block.kind === 'host') {
      [host, step] = [host + 1, 0];
      parts.push(...open.splice(0), `<section class="host" id="host-${host}">`);
      open.unshift('</section>');
    }
    if (block.kind === 'step') {
      step += 1;
      if (step > 1) parts.push(open.shift() ?? '');
      parts.push(`<section class="step ${block.id}">`);
      open.unshift('</section>');
    }
    parts.push(blockHtml(block, { host, step }));
  }
  return [
    '<!DOCTYPE html>',
    `<html lang="${escapeHtml(lang)}">`,
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title === undefined ? '' : plainText(title.text))}</title>`,
    `<style>\n${css.trim()}\n</style>`,
    '</head>',
    '<body>',
    ...parts,
    ...open,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function blockHtml(block: Block, { host, step }: { host: number; step: number }): string {
  switch (block.kind) {
    case 'title':
      return `<h1>${inlineHtml(block.text)}</h1>`;
    case 'host':
      return `<h2>${inlineHtml(block.text)}</h2>`;
    case 'step':
      return `<h3><span class="number">${step}</span> ${inlineHtml(block.text)}</h3>`;
    case 'paragraph':
      return `<p>${inlineHtml(block.text)}</p>`;
    case 'command':
      return `<pre class="command"><code>${escapeHtml(block.lines.join('\n'))}</code></pre>`;
    case 'output':
      return `<pre class="output"><samp>${escapeHtml(block.lines.join('\n'))}</samp></pre>`;
    case 'list': {
      const items = block.items.map(({ term, text }, index) => {
        const link = host === 0 ? `<a href="#host-${index + 1}">${inlineHtml(term)}</a>` : inlineHtml(term);
        return `<dt>${link}</dt><dd>${inlineHtml(text)}</dd>`;
      });
      return ['<dl>', ...items, '</dl>'].join('\n');
    }
  }
}

function inlineHtml(inline: Inline): string {
  return inline
    .map(({ text, isCode }) => (isCode ? `<code>${escapeHtml(text)}</code>` : escapeHtml(text)))
    .join('');
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
