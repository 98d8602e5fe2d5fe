/** Allows only one writer for each medium. */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/domain/config.ts';
import { sha256Hex } from '../../core/domain/digest.ts';

/** The lock is beside the state: not every medium supports locks, and two media may be written at once. */
export async function lockPath(config: Config, media: string): Promise<string> {
  return join(config.stateDir, `.pack-${sha256Hex(await realpath(media)).slice(0, 16)}.lock`);
}
