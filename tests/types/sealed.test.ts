/**
 * Verified things cannot be forged: the statements in refused/ do not compile, each for the reason in its mark, and
 * accepted.ts does. A mark is a comment `// TS1234: why` above a statement.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { brandedTypes, sealedTypes } from '../../scripts/lint/structure.js';
import { run } from '../../src/core/adapters/process.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const project = join(here, '../..');

interface Mark {
  file: string;
  code: string;
  why: string;
  firstLine: number;
  lastLine: number;
}

/** A statement goes from its mark to the next empty line. */
async function readMarks(): Promise<Mark[]> {
  const marks: Mark[] = [];
  for (const file of await readdir(join(here, 'refused'))) {
    const lines = (await readFile(join(here, 'refused', file), 'utf8')).split('\n');
    for (const [index, line] of lines.entries()) {
      const [, code = '', why = ''] = /^\/\/ (TS\d+): (.+)$/.exec(line) ?? [];
      if (code === '') continue;
      const lastLine = lines.indexOf('', index);
      marks.push({ file: `tests/types/refused/${file}`, code, why, firstLine: index + 1, lastLine });
    }
  }
  return marks;
}

/** TypeScript has three numbers for "properties are missing": one is, some are, many are. */
const kindOf = (code: string): string => code.replace(/^TS27(?:39|40|41)$/, 'TS2741');

test('what would forge a verified thing does not compile, and the proper way does', async () => {
  const marks = await readMarks();
  const tsc = join(project, 'node_modules/.bin/tsc');
  const { stdout } = await run(tsc, ['-p', join(here, 'tsconfig.json'), '--noEmit', '--pretty', 'false'], {
    cwd: project,
    accept: [1, 2],
  });
  const errors = [...stdout.matchAll(/^(\S+?)\((\d+),\d+\): error (TS\d+): (.*)$/gm)];
  const found = errors.map(([, file = '', line = '', code = '', text = '']) => {
    const mark = marks.find(
      (one) => one.file === file && one.firstLine < Number(line) && Number(line) <= one.lastLine,
    );
    return mark === undefined ? `${file}:${line}: ${code} ${text}` : `${kindOf(code)}: ${mark.why}`;
  });

  expect(marks.length).toBeGreaterThan(30);
  expect(found).toEqual(marks.map(({ code, why }) => `${kindOf(code)}: ${why}`));
});

test('each sealed type is a class with a private field in the file that makes it', async () => {
  for (const [name, path] of sealedTypes) {
    const text = await readFile(join(project, 'src', path), 'utf8');
    const [, body = ''] = new RegExp(`^export class ${name}\\b[^{]*\\{\n([^]*?)^\\}`, 'm').exec(text) ?? [];
    expect(body, name).toMatch(/^ {2}readonly #\w+: /m);
    expect(body, name).toMatch(/^ {2}private constructor\(/m);
  }
});

test('each branded type stands in the file that may cast to it', async () => {
  for (const [name, path] of brandedTypes) {
    expect(await readFile(join(project, 'src', path), 'utf8'), name).toMatch(
      new RegExp(`^export (type|interface) ${name}\\b`, 'm'),
    );
  }
});
