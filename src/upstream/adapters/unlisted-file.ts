/** Saves a file of which nobody says beforehand how long it is: what comes is taken, up to a limit. */
import { open } from 'node:fs/promises';
import { tooLarge } from '../../core/domain/mismatch.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Answer } from './http-answer.ts';
import { displayUri } from './network-errors.ts';

export interface UnlistedFile {
  sizeBytes: number;
  /** `Last-Modified` of the answer; undefined where the server does not tell. */
  lastModified: Date | undefined;
}

/**
 * Replaces the file at `path`. @throws PommgrError `integrity.size` for more than `maxBytes`, `network.connection` for
 * fewer bytes than the server announced.
 */
export async function saveAnswer(
  answer: Answer,
  { uri, path, maxBytes }: { uri: string; path: string; maxBytes: number },
): Promise<UnlistedFile> {
  const shown = displayUri(uri);
  const file = await open(path, 'w', 0o644);
  let sizeBytes = 0;
  try {
    for await (const chunk of answer.body) {
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) {
        throw tooLarge(shown, {
          ...{ expected: maxBytes, found: undefined },
          hints: ['Something else may have answered: open the address in a browser.'],
          details: { uri: shown, expected: maxBytes },
        });
      }
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
  if (answer.bodyBytes !== undefined && sizeBytes < answer.bodyBytes) {
    throw new PommgrError(
      'network.connection',
      `${shown} ended after ${sizeBytes} of ${answer.bodyBytes} bytes.`,
      { hints: ['Run the command again.'], details: { uri: shown } },
    );
  }
  return { sizeBytes, lastModified: answer.lastModified };
}
