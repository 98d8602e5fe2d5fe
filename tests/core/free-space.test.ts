import { describe, expect, it } from 'vitest';
import { freeSpace, requireSpace } from '../../src/core/adapters/free-space.ts';
import { run } from '../../src/core/adapters/process.ts';
import { scratchDirectory } from '../support/scratch.ts';

describe('free space', () => {
  it('is what df says', async () => {
    const directory = await scratchDirectory();
    const { stdout } = await run('df', ['--block-size=1', '--output=avail', directory]);
    const said = Number(stdout.trim().split('\n').at(-1));
    const { sizeBytes } = await freeSpace(directory);
    // Others write meanwhile.
    expect(Math.abs(sizeBytes - said)).toBeLessThan(1_000_000_000);
  });

  it('is asked for before a byte is written', async () => {
    const directory = await scratchDirectory();
    await requireSpace(directory, 1, { files: 1, what: 'a file' });
    await expect(requireSpace(directory, 2 ** 60, { files: 1, what: 'a file' })).rejects.toMatchObject({
      code: 'state.space',
      exitCode: 8,
      details: { path: directory, unit: 'bytes', expected: 2 ** 60 },
    });
    await expect(requireSpace(directory, 1, { files: 2 ** 60, what: 'files' })).rejects.toMatchObject({
      code: 'state.space',
      details: { unit: 'inodes' },
    });
  });
});
