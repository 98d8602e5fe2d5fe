/** ARCHITECTURE.md names every source file, and no file that is not there. */
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { expect, it } from 'vitest';

it('maps every source file, each once in its layer', async () => {
  const text = await readFile(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8');
  const mapped = text
    .slice(text.indexOf('## Map of files'))
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| topic') && !line.startsWith('| folder'))
    .flatMap((line) => (line.split(' | ')[1] ?? '').replace(/ \|$/, '').split(', '));
  const source = new URL('../../src/', import.meta.url);
  const files = (await readdir(source, { recursive: true })).filter(
    (file) => /\.(ts|js)$/.test(file) && !file.startsWith('commands/'),
  );

  expect(files.length).toBeGreaterThan(100);
  expect(mapped.toSorted()).toEqual(files.map((file) => basename(file).replace(/\.(ts|js)$/, '')).toSorted());
});
