/**
 * Writes files that grow: a file that gets its name when it is complete, and a log that is appended to at a known end.
 */
import { closeSync, constants, fchmodSync, openSync, renameSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { removeFile, syncDirectory, temporaryBeside } from './atomic-files.ts';
import { operate } from './fault-points.ts';
import { ownUmask } from './own-umask.ts';

/** A file that grows under a temporary name and gets its real one when it is complete. */
export interface GrowingFile {
  write(chunk: Uint8Array): Promise<void>;
  /** Closes the file and renames it to `path`, in the same directory; removes it when that fails. Not synced. */
  finish(path: string): Promise<void>;
  /** Closes and removes the file. */
  abandon(): Promise<void>;
}

/**
 * Opens a growing file beside `path`. Its operations are synchronous: an import creates tens of thousands of files, and
 * the page cache takes their bytes faster than a thread can be asked to write them.
 */
export async function openGrowingFile(path: string): Promise<GrowingFile> {
  const temporary = temporaryBeside(path);
  const file = await operate(`create ${temporary}`, async () => openSync(temporary, 'wx', 0o644));
  let isOpen = true;
  function close(): void {
    if (isOpen) closeSync(file);
    isOpen = false;
  }
  if ((ownUmask() & 0o644) !== 0) {
    try {
      fchmodSync(file, 0o644);
    } catch (error) {
      close();
      await removeFile(temporary);
      throw error;
    }
  }
  return {
    async write(chunk) {
      await operate(`write ${temporary}`, async () => writeWhole(file, chunk));
    },
    async finish(finalPath) {
      close();
      try {
        await operate(`rename to ${finalPath}`, async () => renameSync(temporary, finalPath));
      } catch (error) {
        await removeFile(temporary);
        throw error;
      }
    },
    async abandon() {
      close();
      await removeFile(temporary);
    },
  };
}

function writeWhole(file: number, chunk: Uint8Array): void {
  for (let offset = 0; offset < chunk.length; ) offset += writeSync(file, chunk, offset);
}

/** Writes `text` at `atBytes`, truncates the file after it, and makes both durable. */
export async function appendDurably(path: string, text: string, options: { atBytes: number }): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT, 0o644);
  try {
    await operate(`truncate ${path}`, () => file.truncate(options.atBytes));
    await operate(`append to ${path}`, () => file.write(Buffer.from(text), 0, null, options.atBytes));
    await file.sync();
  } finally {
    await file.close();
  }
  await syncDirectory(dirname(path));
}
