/**
 * Parses the markup of the templates for activation steps into a document: a title, hosts, steps, paragraphs, commands,
 * their output, and lists of terms. Invariant: a value that went through `escapeValue` is plain text, whatever it
 * contains.
 */
import { joinLines } from '../../core/domain/text-width.ts';

/** Text with pieces of code in it. */
export type Inline = { text: string; isCode: boolean }[];

export type Block =
  | { kind: 'title'; text: Inline }
  | { kind: 'host'; text: Inline }
  | { kind: 'step'; id: string; text: Inline }
  | { kind: 'paragraph'; text: Inline }
  | { kind: 'command' | 'output'; lines: string[] }
  | { kind: 'list'; items: { term: Inline; text: Inline }[] };

/** Escapes a value for `<%= … %>`: one line, in which every special character stands for itself. */
export function escapeValue(value: unknown): string {
  return oneLine(String(value)).replaceAll(/[!-/:-@[-`{-~]/g, '\\$&');
}

/** Quotes a word of a command for a POSIX shell. */
export function quoteForShell(value: string): string {
  const text = oneLine(value);
  return /^[A-Za-z0-9_./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Empty lines separate blocks; neighbouring commands, outputs and list items are joined. */
export function parseSteps(source: string): Block[] {
  const blocks: Block[] = [];
  for (const text of source.split(/\n(?:[ \t]*\n)+/)) {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    if (lines.length > 0) addBlock(blocks, parseBlock(lines));
  }
  return blocks;
}

export function plainText(inline: Inline): string {
  return inline.map(({ text, isCode }) => (isCode ? `"${text}"` : text)).join('');
}

function parseBlock(lines: readonly string[]): Block {
  const [first = ''] = lines;
  if (first.startsWith('    '))
    return { kind: 'command', lines: lines.map((line) => unescape(line.slice(4))) };
  if (first.startsWith('> ')) return { kind: 'output', lines: lines.map((line) => unescape(line.slice(2))) };
  const text = joinLines(lines.map((line) => line.trim()));
  const [, id = '', step] = /^### \[([a-z]+)\] (.*)$/.exec(text) ?? [];
  if (step !== undefined) return { kind: 'step', id, text: parseInline(step) };
  if (text.startsWith('## ')) return { kind: 'host', text: parseInline(text.slice(3)) };
  if (text.startsWith('# ')) return { kind: 'title', text: parseInline(text.slice(2)) };
  const [, term, meaning = ''] = /^- (.*?) :: ?(.*)$/.exec(text) ?? [];
  if (term === undefined) return { kind: 'paragraph', text: parseInline(text) };
  return { kind: 'list', items: [{ term: parseInline(term), text: parseInline(meaning) }] };
}

function addBlock(blocks: Block[], block: Block): void {
  const last = blocks.at(-1);
  if (last?.kind === 'list' && block.kind === 'list') last.items.push(...block.items);
  else if (last?.kind === 'command' && block.kind === 'command') last.lines.push(...block.lines);
  else blocks.push(block);
}

/** Code stands between backquotes. */
function parseInline(source: string): Inline {
  const found: Inline = [];
  let isCode = false;
  for (const part of source.match(/`|(?:\\.|[^`\\])+/g) ?? []) {
    if (part === '`') isCode = !isCode;
    else found.push({ text: unescape(part), isCode });
  }
  return found;
}

function unescape(text: string): string {
  return text.replaceAll(/\\([!-/:-@[-`{-~])/g, '$1');
}

/** Removes line ends, control characters, and marks that change the writing direction. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
}
