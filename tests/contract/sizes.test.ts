/** `npm run check:sizes` is seen to fail, and passes on this tree. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { objections } from '../../scripts/lint/sizes.js';
import { run } from '../../src/core/adapters/process.ts';
import { scratchDirectory } from '../support/scratch.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const script = join(project, 'scripts/lint/sizes.js');

function check(root: string) {
  return run(process.execPath, [script, root], { accept: [0, 1] });
}

test.each<[string, [string, number][], string[]]>([
  ['no files', [], ['There are no source files to look at.']],
  [
    'a median of 90',
    [
      ['src/a.ts', 1],
      ['src/b.ts', 90],
      ['src/c.ts', 90],
    ],
    ['The median file has 90 lines, expected less than 90.'],
  ],
  [
    'a file of 251',
    [
      ['src/a.ts', 1],
      ['src/b.ts', 2],
      ['src/c.ts', 251],
    ],
    ['src/c.ts has 251 lines, expected at most 250.'],
  ],
  [
    'a folder of 46',
    Array.from({ length: 46 }, (_, index) => [`src/a/${index}.ts`, 1]),
    ['src/a has 46 files, expected at most 45.'],
  ],
  [
    'the most that is allowed',
    [
      ['src/b.ts', 250],
      ...Array.from({ length: 45 }, (_, index): [string, number] => [`src/a/${index}.ts`, 89]),
    ],
    [],
  ],
])('%s', (_, lines, expected) => {
  expect(objections(new Map(lines))).toEqual(expected);
});

test('the script counts the lines of src/, and ends with 1 where something is too large', async () => {
  const root = await scratchDirectory();
  await mkdir(join(root, 'src/room'), { recursive: true });
  expect((await check(root)).exitCode).toBe(1);
  await writeFile(join(root, 'src/room/a.ts'), '\n'.repeat(89));
  expect((await check(root)).exitCode).toBe(0);
  await writeFile(join(root, 'src/room/b.js'), '\n'.repeat(251));
  const { exitCode, stderr } = await check(root);
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('src/room/b.js has 251 lines')]);
});

test('this tree passes', async () => {
  expect((await check(project)).exitCode).toBe(0);
});
