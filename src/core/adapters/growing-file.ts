/** Files that grow: one that gets its name when it is whole, and a log that is written on from a known end. */
import { constants } from 'node:fs';
import { open, rename, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { removeFile, syncDirectory, temporaryBeside } from './atomic-files.ts';
import { operate } from './fault-points.ts';

/** A file that grows under a name of its own and gets its real one when it is whole. */
export interface GrowingFile {
  write(chunk: Uint8Array): Promise<void>;
  /** Closes it and renames it to `path`, in the same directory, or removes it when that fails. Not synced. */
  finish(path: string): Promise<void>;
  /** Closes and removes it. */
  abandon(): Promise<void>;
}

/** Opens a growing file beside `path`. */
export async function openGrowingFile(path: string): Promise<GrowingFile> {
  const temporary = temporaryBeside(path);
  const file = await operate(`create ${temporary}`, () => open(temporary, 'wx', 0o644));
  try {
    await file.chmod(0o644);
  } catch (error) {
    await file.close();
    await removeFile(temporary);
    throw error;
  }
  return {
    async write(chunk) {
      await operate(`write ${temporary}`, () => writeWhole(file, chunk));
    },
    async finish(finalPath) {
      await file.close();
      try {
        await operate(`rename to ${finalPath}`, () => rename(temporary, finalPath));
      } catch (error) {
        await removeFile(temporary);
        throw error;
      }
    },
    async abandon() {
      await file.close();
      await removeFile(temporary);
    },
  };
}

async function writeWhole(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) offset += (await file.write(chunk, offset)).bytesWritten;
}

/** Writes `text` at `atBytes`, cutting off what lies beyond, and makes it last. */
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
