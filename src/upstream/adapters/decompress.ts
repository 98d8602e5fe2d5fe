/**
 * Decompresses index files into streams of plain bytes, by apt's own decompression (`apt-helper cat-file`): whatever
 * apt can read is read, whatever options it was packed with. Invariant: it never yields more bytes than the signed
 * Release allows.
 */
import { openPlainStream } from '../../core/adapters/plain-file.ts';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { streamOutput } from '../../core/adapters/process.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Compression } from '../domain/index-plan.ts';

const aptHelper = '/usr/lib/apt/apt-helper';
/** The machine's own settings must not have an effect here. */
const aptConfig = 'Dir::Etc::main "/dev/null";\nDir::Etc::parts "/dev/null";\n';

/**
 * Yields the plain bytes of the file at `path`; `file` names it in messages. As in apt, data after the last expected
 * byte is ignored, so the caller compares the digest.
 * @throws PommgrError `integrity.compression` for fewer bytes than `sizeBytes`, the size that Release tells;
 * `tool.missing` where there is no apt.
 */
export async function* decompressFile(
  { path, compression }: { path: string; compression: Compression },
  { file, sizeBytes }: { file: string; sizeBytes: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = sizeBytes;
  for await (const chunk of plainChunks(path, compression, file)) {
    if (chunk.length >= left) {
      yield chunk.subarray(0, left);
      return;
    }
    left -= chunk.length;
    yield chunk;
  }
  if (left > 0) throw notWhole(file, compression, `${sizeBytes - left} of ${sizeBytes} bytes`);
}

/** Yields the plain bytes, however many there are; the caller limits them. @throws PommgrError `integrity.compression`. */
export async function* plainChunks(
  path: string,
  compression: Compression,
  file: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (compression === 'plain') {
    yield* await openPlainStream(path);
    return;
  }
  // apt recognises the compression by the name.
  const directory = await mkdtemp(join(tmpdir(), 'pommgr-index-'));
  try {
    const [link, config] = [join(directory, `index.${compression}`), join(directory, 'apt.conf')];
    await symlink(resolve(path), link);
    await writeFile(config, aptConfig);
    yield* streamOutput(aptHelper, ['cat-file', link], {
      env: { APT_CONFIG: config },
      hints: ['Install the package apt: its decompression is used for the indices.'],
    });
  } catch (error) {
    if (!(error instanceof PommgrError) || error.code !== 'tool.failed') throw error;
    throw notWhole(file, compression, error.message, error);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function notWhole(file: string, compression: Compression, why: string, cause?: unknown): PommgrError {
  return new PommgrError(
    'integrity.compression',
    `${file} is not a complete ${compression === 'plain' ? 'file' : `.${compression} file`} (${why}).`,
    {
      hints: [
        'The repository may be in the middle of an update, or someone changed the file: try again later.',
      ],
      details: { file },
      cause,
    },
  );
}
