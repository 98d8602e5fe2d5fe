/** Renders activation steps as Markdown (CommonMark). */
import type { Block, Inline } from './steps-document.ts';

export function renderStepsMarkdown(blocks: readonly Block[]): string {
  const parts: string[] = [];
  let step = 0;
  for (const block of blocks) {
    if (block.kind === 'host') step = 0;
    if (block.kind === 'step') step += 1;
    parts.push(blockMarkdown(block, step));
  }
  return `${parts.join('\n\n')}\n`;
}

function blockMarkdown(block: Block, step: number): string {
  switch (block.kind) {
    case 'title':
      return `# ${inlineMarkdown(block.text)}`;
    case 'host':
      return `## ${inlineMarkdown(block.text)}`;
    case 'step':
      return `### ${step}. ${inlineMarkdown(block.text)}`;
    case 'paragraph':
      return inlineMarkdown(block.text);
    case 'command':
      return fenced(block.lines, 'sh');
    case 'output':
      return fenced(block.lines, 'text');
    case 'list':
      return block.items
        .map(({ term, text }) => `- **${inlineMarkdown(term)}**: ${inlineMarkdown(text)}`)
        .join('\n');
  }
}

function inlineMarkdown(inline: Inline): string {
  return inline.map(({ text, isCode }) => (isCode ? codeMarkdown(text) : escapeMarkdown(text))).join('');
}

/** What could be markup or HTML; a full stop or a bracket after a number at a line's start is none of these. */
function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>&#|~]/g, '\\$&');
}

function codeMarkdown(text: string): string {
  const fence = longestRun(text) > 0 ? '`'.repeat(longestRun(text) + 1) : '`';
  return fence === '`' ? `\`${text}\`` : `${fence} ${text} ${fence}`;
}

function fenced(lines: readonly string[], language: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(lines.join('\n')) + 1));
  return [`${fence}${language}`, ...lines, fence].join('\n');
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
