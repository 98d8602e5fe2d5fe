/**
 * Documents that are made from the code: docs/errors.md and docs/commands.md. `npx vitest run tests/contract/documents.test.ts
 * -u` writes them anew.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { errorMeanings } from '../../src/core/domain/error-codes.ts';
import { exitCodes } from '../../src/core/domain/errors.ts';
import { commandReference } from '../support/command-reference.ts';

const source = fileURLToPath(new URL('../../src', import.meta.url));

describe('docs/errors.md', () => {
  it('has every code with its meaning', async () => {
    const sections = Object.entries(exitCodes).map(([family, exitCode]) => {
      const codes = Object.entries(errorMeanings).filter(([code]) => code.startsWith(`${family}.`));
      if (codes.length === 0)
        return `## ${family}: exit code ${exitCode}\n\nThe work was done; the answer is no. It has no error code.\n`;
      const rows = codes.map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
      return [
        `## ${family}: exit code ${exitCode}`,
        '',
        '| code | meaning, and what to do |',
        '|---|---|',
        ...rows,
        '',
      ].join('\n');
    });
    const head = [
      '# Error codes',
      '',
      'With `--json` an error has a `code`; its part before the dot decides the exit code. This list is made from',
      '`src/core/domain/error-codes.ts`.',
      '',
    ];
    await expect([...head, ...sections].join('\n')).toMatchFileSnapshot('../../docs/errors.md');
  });

  it('has no code that nothing throws', async () => {
    const files = (await readdir(source, { recursive: true })).filter(
      (file) => file.endsWith('.ts') && !file.endsWith('error-codes.ts'),
    );
    const texts = await Promise.all(files.map((file) => readFile(join(source, file), 'utf8')));
    const all = texts.join('\n');
    // Some codes are put together of family and reason.
    const isNamed = (code: string): boolean => {
      const reason = code.slice(code.indexOf('.') + 1).replace(/^subscription-/, '');
      return all.includes(`'${code}'`) || all.includes(`'${reason}'`);
    };
    const unused = Object.keys(errorMeanings).filter((code) => !isNamed(code));
    expect(unused).toEqual([]);
  });
});

describe('docs/commands.md', () => {
  it('has every command with its flags', async () => {
    await expect(await commandReference()).toMatchFileSnapshot('../../docs/commands.md');
  });
});
