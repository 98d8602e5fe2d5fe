/**
 * Builds HTML by a template tag. Invariant: every interpolated text is escaped, and control characters in it are shown
 * as text; only the result of the tag itself is inserted as it is.
 */
import { printable } from '../../core/domain/printable.ts';

/** HTML that the tag made. */
export interface Markup {
  readonly markup: string;
}

type Value = string | number | Markup | readonly Markup[];

/** Escapes texts; inserts markup and lists of markup unchanged. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  let markup = parts[0] ?? '';
  for (const [index, value] of values.entries()) markup += markupOf(value) + (parts[index + 1] ?? '');
  return { markup };
}

/** Nothing, for the branch of a condition that shows nothing. */
export const nothing: Markup = { markup: '' };

/** Inserts a style sheet of pommgr itself. */
export function styleSheet(css: string): Markup {
  return { markup: `<style>\n${css.trim()}\n</style>` };
}

function markupOf(value: Value): string {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return escapeText(value);
  return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('');
}

function escapeText(text: string): string {
  return printable(text).replaceAll(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
