import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import {
  escapeValue,
  parseSteps,
  plainText,
  quoteForShell,
} from '../../src/subscription/domain/steps-document.ts';
import { renderStepsHtml } from '../../src/subscription/domain/steps-html.ts';
import { renderStepsMarkdown } from '../../src/subscription/domain/steps-markdown.ts';
import { renderStepsText } from '../../src/subscription/domain/steps-text.ts';
import { joinLines, textWidth, wrapText } from '../../src/core/domain/text-width.ts';

const hostile = [
  '<script>alert(1)</script>',
  'a\n# b\n\n    rm -rf /',
  '`id` $(id) "x" \'y\' \\ | ; &',
  '- term :: text',
  '### [check] x',
  '\u202Eevil\u0007\u2028',
  '](javascript:alert(1))',
];

const control = /[\p{Cc}\p{Cf}\p{Zl}]/gu;

describe('a value', () => {
  test.each(hostile)('stays text, whatever is in it (%j)', (value) => {
    const blocks = parseSteps(
      `## host ${escapeValue(value)}\n\n${escapeValue(value)} is here\n\n- ${escapeValue(value)} :: x`,
    );

    expect(blocks.map(({ kind }) => kind)).toEqual(['host', 'paragraph', 'list']);
    const clean = value.replaceAll(control, ' ');
    const [host] = blocks;
    expect(host?.kind === 'host' && plainText(host.text)).toBe(`host ${clean}`.trim());
  });

  test.each(hostile)('gives no element, attribute or control character in HTML (%j)', (value) => {
    const html = renderStepsHtml(parseSteps(`## ${escapeValue(value)}\n\n${escapeValue(value)}`), {
      lang: 'en',
      css: '',
    });

    expect(html.match(/<(?!\/?(?:html|head|meta|title|style|body|section|h2|p)\b|!DOCTYPE)/g)).toBeNull();
    expect(html.replaceAll('\n', '')).not.toMatch(control);
  });

  test.each(hostile)('is one word of a command (%j)', (value) => {
    const [block] = parseSteps(`    printf %s ${escapeValue(quoteForShell(value))}`);
    const command = block?.kind === 'command' ? block.lines.join('\n') : '';

    expect(execFileSync('sh', ['-c', command]).toString()).toBe(value.replaceAll(control, ' '));
  });
});

describe('wrapped text', () => {
  test('breaks between words, and leaves a long word whole', () => {
    expect(wrapText('one two three aVeryLongWordIndeed four', 9)).toEqual([
      'one two',
      'three',
      'aVeryLongWordIndeed',
      'four',
    ]);
  });

  test('counts Japanese as two columns, and begins no line with what belongs to the one before', () => {
    const lines = wrapText('署名、サーバー ID、製品を確認します（中央は伏せ字です）。', 10);

    expect(lines.join('')).toBe('署名、サーバー ID、製品を確認します（中央は伏せ字です）。');
    for (const line of lines) {
      expect(line).not.toMatch(/^[、。）ー]|（$/);
      expect(textWidth(line)).toBeLessThanOrEqual(12);
    }
  });

  test('puts lines together with a blank where the language has them', () => {
    expect(joinLines(['one', 'two'])).toBe('one two');
    expect(joinLines(['確認', 'します'])).toBe('確認します');
  });
});

test('the same document comes out as text, Markdown and HTML', () => {
  const blocks = parseSteps(
    '# Title\n\n## Host\n\n### [one] Do\n\n    a \\\n      b\n\nThen `c`.\n\n> ok\n\n### [two] Look\n\n- `m` :: means <this>\n\n- n :: that',
  );

  expect(renderStepsText(blocks)).toBe(
    'Title\n=====\n\n\nHost\n----\n\n1.  Do\n\n        a \\\n          b\n\n    Then "c".\n\n      > ok\n\n2.  Look\n\n    - "m": means <this>\n    - n: that\n',
  );
  expect(renderStepsMarkdown(blocks)).toBe(
    '# Title\n\n## Host\n\n### 1. Do\n\n```sh\na \\\n  b\n```\n\nThen `c`.\n\n```text\nok\n```\n\n### 2. Look\n\n- **`m`**: means \\<this\\>\n- **n**: that\n',
  );
  const html = renderStepsHtml(blocks, { lang: 'en', css: '' });
  expect(html).toContain('<pre class="command"><code>a \\\n  b</code></pre>');
  expect(html).toContain('<dt><code>m</code></dt><dd>means &#60;this&#62;</dd>');
  expect(html.match(/<section/g)).toHaveLength(3);
  expect(html.match(/<\/section>/g)).toHaveLength(3);
});
