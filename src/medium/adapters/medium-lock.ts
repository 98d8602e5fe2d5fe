/** One writer for each medium. */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/domain/config.ts';
import { sha256Hex } from '../../core/domain/digest.ts';

/** Beside the state: not every medium can hold a lock, and two media may be written at once. */
export async function lockPath(config: Config, media: string): Promise<string> {
  return join(config.stateDir, `.pack-${sha256Hex(await realpath(media)).slice(0, 16)}.lock`);
}
