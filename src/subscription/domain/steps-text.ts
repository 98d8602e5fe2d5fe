/** Renders activation steps as a text file: at most 80 columns, except for commands, which are never broken. */
import { plainText, type Block, type Inline } from './steps-document.ts';
import { textWidth, wrapText } from '../../core/domain/text-width.ts';

const columns = 78;

export function renderStepsText(blocks: readonly Block[]): string {
  const parts: string[] = [];
  let step = 0;
  for (const block of blocks) {
    if (block.kind === 'host') step = 0;
    if (block.kind === 'step') step += 1;
    parts.push(blockText(block, step));
  }
  return `${parts.join('\n\n')}\n`;
}

/** `step` is the number of the last step; before the first, nothing is indented. */
function blockText(block: Block, step: number): string {
  const indent = step === 0 ? '' : '    ';
  switch (block.kind) {
    case 'title':
      return underlined(block.text, '=');
    case 'host':
      return `\n${underlined(block.text, '-')}`;
    case 'step':
      return hanging(`${`${step}.`.padEnd(3)} `, plainText(block.text));
    case 'paragraph':
      return hanging(indent, plainText(block.text));
    case 'command':
      return block.lines.map((line) => `${indent}    ${line}`).join('\n');
    case 'output':
      return block.lines.map((line) => `${indent}  > ${line}`).join('\n');
    case 'list':
      return block.items.map(({ term, text }) => itemText(indent, term, text)).join('\n');
  }
}

/** On one line where it fits, else the meaning below its term. */
function itemText(indent: string, term: Inline, text: Inline): string {
  const line = `${indent}- ${plainText(term)}: ${plainText(text)}`;
  if (textWidth(line) <= columns) return line;
  return [hanging(`${indent}- `, plainText(term)), hanging(`${indent}    `, plainText(text))].join('\n');
}

function underlined(text: Inline, character: string): string {
  const lines = wrapText(plainText(text), columns);
  return [...lines, character.repeat(Math.max(...lines.map(textWidth), 1))].join('\n');
}

/** The first line after `begin`, all others under it. */
function hanging(begin: string, text: string): string {
  const lines = wrapText(text, columns - begin.length);
  return lines.map((line, index) => (index === 0 ? begin : ' '.repeat(begin.length)) + line).join('\n');
}
