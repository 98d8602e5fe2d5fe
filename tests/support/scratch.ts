/** Scratch directories of a test file; all are removed when its last test has ended. */
import { rm } from 'node:fs/promises';
import { dir } from 'tmp-promise';
import { afterTestFile } from './file-end.ts';

const directories: string[] = [];

afterTestFile(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
});

/** A new empty directory below the system's temporary directory. */
export async function scratchDirectory(): Promise<string> {
  const { path } = await dir({ prefix: 'pommgr-test-' });
  directories.push(path);
  return path;
}
