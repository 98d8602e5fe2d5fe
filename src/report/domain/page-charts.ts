/**
 * Draws small bars as inline SVG. Invariant: no part is told apart by colour alone, but by its pattern, and each number
 * also stands as text beside its bar.
 */
import { html, type Markup } from './markup.ts';

export interface BarPart {
  /** Names its pattern, such as `upgrade`. */
  kind: string;
  label: string;
  count: number;
}

/** The patterns that bars refer to, once for the page. */
export const patterns: Markup = html`<svg class="defs" width="0" height="0" aria-hidden="true"><defs>
<pattern id="p-upgrade" width="4" height="4" patternUnits="userSpaceOnUse"><rect class="c-upgrade" width="4" height="4"/></pattern>
<pattern id="p-install" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="c-back" width="6" height="6"/><circle class="c-install" cx="3" cy="3" r="2"/></pattern>
<pattern id="p-downgrade" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="c-back" width="6" height="6"/><rect class="c-downgrade" width="3" height="6"/></pattern>
<pattern id="p-remove" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="c-back" width="7" height="7"/><rect class="c-remove" width="4" height="7"/></pattern>
<pattern id="p-plain" width="4" height="4" patternUnits="userSpaceOnUse"><rect class="c-plain" width="4" height="4"/></pattern>
</defs></svg>`;

/** A bar of several parts; its whole width stands for `most`. */
export function stackedBar(parts: readonly BarPart[], most: number): Markup {
  const shown = parts.filter(({ count }) => count > 0);
  const label = shown.map((part) => `${part.label} ${part.count}`).join(', ');
  let start = 0;
  const rectangles = shown.map(({ kind, count }) => {
    const x = start;
    start += count / Math.max(1, most);
    return html`<rect class="p-${kind}" x="${percent(x)}" width="${percent(count / Math.max(1, most))}" y="1" height="14"/>`;
  });
  return html`<svg class="bar" role="img" aria-label="${label}" width="100%" height="16"><title>${label}</title><rect class="track" width="100%" height="16"/>${rectangles}</svg>`;
}

/** What the parts of a bar mean, with their numbers. */
export function legend(parts: readonly BarPart[]): Markup {
  const items = parts.map(
    ({ kind, label, count }) =>
      html`<li><svg class="swatch" width="14" height="14" aria-hidden="true"><rect class="p-${kind}" x="1" y="1" width="12" height="12"/></svg>${label} <b>${count}</b></li>`,
  );
  return html`<ul class="legend">${items}</ul>`;
}

/** One bar for each part, below each other, on one scale. */
export function barList(parts: readonly BarPart[]): Markup {
  const most = Math.max(1, ...parts.map(({ count }) => count));
  const rows = parts.map(
    (part) => html`<dt>${part.label}</dt><dd>${stackedBar([part], most)}<b>${part.count}</b></dd>`,
  );
  return html`<dl class="bars">${rows}</dl>`;
}

/** `12.5%`, never outside of 0 to 100. */
export function percent(share: number): string {
  return `${Number((Math.min(1, Math.max(0, share)) * 100).toFixed(2))}%`;
}
