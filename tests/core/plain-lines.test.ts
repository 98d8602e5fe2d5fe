import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plainLines } from '../../src/core/adapters/plain-file.ts';
import { scratchDirectory } from '../support/scratch.ts';

const long = 'é'.repeat(200_000);

test.each([
  ['nothing', '', []],
  ['one line', 'a\n', ['a']],
  ['a last line without an end', 'a\nb', ['a', 'b']],
  ['empty lines', '\n\na\n\n', ['', '', 'a', '']],
  ['lines that end as in DOS', 'a\r\nb\r\n', ['a', 'b']],
  [
    'lines longer than a piece, and characters that are cut by its end',
    `x${long}\n${long}y\nz`,
    [`x${long}`, `${long}y`, 'z'],
  ],
  [
    'many lines',
    `${Array.from({ length: 100_000 }, (_, index) => index).join('\n')}\n`,
    Array.from({ length: 100_000 }, (_, index) => String(index)),
  ],
])('gives the lines of a file of %s', async (_, text, lines) => {
  const path = join(await scratchDirectory(), 'file');
  await writeFile(path, text);

  const found: string[] = [];
  for await (const line of plainLines(path)) found.push(line);
  expect(found).toEqual(lines);
});
