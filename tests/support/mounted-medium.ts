/** File systems of their own, mounted below a scratch directory; all are unmounted when the test file has ended. */
import { afterAll } from 'vitest';
import { run } from '../../src/adapters/process.ts';
import { scratchDirectory } from './scratch.ts';

const mounted: string[] = [];

afterAll(async () => {
  for (const directory of mounted.splice(0)) await run('umount', ['--lazy', directory]);
});

/** An empty file system of this size; gives its mount point. */
export async function mountMedium(sizeKib = 64 * 1024): Promise<string> {
  return await mount('tmpfs', `size=${sizeKib}k,mode=755`);
}

/** One that has neither directories nor hard links. */
export async function mountUnfit(): Promise<string> {
  return await mount('mqueue', 'defaults');
}

async function mount(type: string, options: string): Promise<string> {
  const directory = await scratchDirectory();
  await run('mount', ['-t', type, '-o', options, 'pommgr-test', directory]);
  mounted.push(directory);
  return directory;
}
