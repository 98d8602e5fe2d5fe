/** File systems of their own, mounted below a scratch directory; all are unmounted when the test file has ended. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterTestFile } from './file-end.ts';
import { run } from '../../src/core/adapters/process.ts';
import { scratchDirectory } from './scratch.ts';

const mounted: string[] = [];

afterTestFile(async () => {
  for (const directory of mounted.splice(0)) await run('umount', ['--lazy', directory]);
});

/** An empty file system of this size; gives its mount point. */
export async function mountMedium(sizeKib = 64 * 1024): Promise<string> {
  return await mount('tmpfs', `size=${sizeKib}k,mode=755`);
}

/** Pulls it out while something may still be reading it; what is open stays so, as with a lazy unmount by hand. */
export function unmountMedium(directory: string): void {
  mounted.splice(mounted.indexOf(directory), 1);
  execFileSync('umount', ['--lazy', directory]);
}

/** One that has neither directories nor hard links. */
export async function mountUnfit(): Promise<string> {
  return await mount('mqueue', 'defaults');
}

/** An ext4 in an image file, whose bytes a test may change behind the back of the file system. */
export async function mountImage(sizeMib = 16): Promise<{ directory: string; image: string }> {
  const image = join(await scratchDirectory(), 'image');
  await run('truncate', ['--size', `${sizeMib}M`, image]);
  await run('mkfs.ext4', ['-q', image]);
  const directory = await scratchDirectory();
  await run('mount', ['-o', 'loop', image, directory]);
  mounted.push(directory);
  return { directory, image };
}

async function mount(type: string, options: string): Promise<string> {
  const directory = await scratchDirectory();
  await run('mount', ['-t', type, '-o', options, 'pommgr-test', directory]);
  mounted.push(directory);
  return directory;
}
