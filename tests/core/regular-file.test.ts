import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/core/adapters/process.ts';
import { readRegularFile } from '../../src/core/adapters/regular-file.ts';
import { mountMedium } from '../support/mounted-medium.ts';

let directory: string;

beforeAll(async () => {
  directory = await mountMedium();
  // As desktops and systemd mount removable media.
  await run('mount', ['-o', 'remount,nodev,nosuid,noexec', directory]);
});

describe('what is no regular file is refused without being opened', () => {
  it.each<[string, (path: string) => Promise<unknown>]>([
    ['a character device', (path) => run('mknod', [path, 'c', '1', '3'])],
    ['a block device', (path) => run('mknod', [path, 'b', '7', '0'])],
    ['a FIFO', (path) => run('mkfifo', [path])],
    ['a directory', (path) => mkdir(path)],
    ['a link', (path) => symlink('/dev/zero', path)],
    ['a link to itself', (path) => symlink('itself', path)],
  ])('%s', async (what, make) => {
    const path = join(directory, what);
    await make(path);
    await expect(readRegularFile(path, 10)).rejects.toMatchObject({ code: 'integrity.file-type' });
  });
});

it('reads no more than it was told to', async () => {
  const path = join(directory, 'file');
  await writeFile(path, 'ten bytes.');
  expect(String(await readRegularFile(path, 10))).toBe('ten bytes.');
  await truncate(path, 2 ** 40);
  await expect(readRegularFile(path, 10)).rejects.toMatchObject({ code: 'integrity.size' });
  await expect(readRegularFile(join(directory, 'none'), 10)).rejects.toMatchObject({
    code: 'integrity.missing',
  });
});
