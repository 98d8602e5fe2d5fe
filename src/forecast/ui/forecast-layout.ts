/** Formats lists with headings, 80 columns wide. */
import { wrapText } from '../../core/domain/text-width.ts';

const columns = 80;

/** Returns nothing for an empty list. */
export function section(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [[`${title}:`, ...items].join('\n')];
}

export function bulletText(text: string): string {
  return paragraph(`  - ${text}`, 4);
}

/** Lines after the first begin with `indent` blanks. */
export function paragraph(text: string, indent = 0): string {
  const first = /^ */.exec(text)?.[0] ?? '';
  const lines = wrapText(text.trimStart(), columns - Math.max(first.length, indent));
  return lines.map((line, index) => `${index === 0 ? first : ' '.repeat(indent)}${line}`).join('\n');
}
