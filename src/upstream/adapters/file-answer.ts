/** Serves a repository on a disk of this machine: `file:` URIs are answered like `http:` ones. */
import { openPlainStream } from '../../core/adapters/plain-file.ts';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PommgrError } from '../../core/domain/errors.ts';
import { fileSize } from '../../core/adapters/atomic-files.ts';
import { systemErrorCode } from '../../core/adapters/system-error.ts';
import type { Answer } from './http-answer.ts';

/** @throws PommgrError `network.missing` where there is no file that can be read. */
export async function openFileAnswer(uri: string, startBytes: number): Promise<Answer> {
  const path = fileURLToPath(uri);
  try {
    await access(path, constants.R_OK);
  } catch (cause) {
    throw new PommgrError(
      'network.missing',
      `${path} cannot be read (${systemErrorCode(cause) ?? 'unknown'}).`,
      {
        hints: ['Check the URI of this mirror in the config.'],
        details: { uri },
        cause,
      },
    );
  }
  const bodyBytes = (await fileSize(path)) - startBytes;
  const body = await openPlainStream(path, { start: startBytes });
  return {
    startBytes,
    bodyBytes,
    body,
    discard: async () => {
      body.destroy();
    },
  };
}
