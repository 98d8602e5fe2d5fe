/**
 * pommgr's own Debian package, taken from a medium's runtime for a restore.
 * Invariant: what apt and dpkg read is a copy in the store, hashed against a list that a trusted key signed.
 */
import { join } from 'node:path';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { makeDirectory } from '../../core/adapters/atomic-files.ts';
import { copyChecked } from '../../core/adapters/checked-copy.ts';
import { openHasherPool } from '../../core/adapters/hashing.ts';
import { run } from '../../core/adapters/process.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { below } from '../../core/domain/place.ts';
import { listRuntimes, openRuntime } from '../../medium/adapters/medium-tool.ts';
import { packageNameFor } from '../../medium/domain/medium-tool.ts';
import { fetchedDirectory } from '../../store/adapters/restore-files.ts';
import type { Store } from '../../store/adapters/store.ts';
import { newestRuntime } from '../../store/domain/kept-tool.ts';
import { readHostTrust } from '../../trust/adapters/trusted-keys.ts';
import { toolPackageName, type OfferedTool } from '../domain/tool-package.ts';

export interface ToolPackageOptions {
  store: Store;
  aptRoot: AptRoot;
  /** Version in the lock; a runtime of this version is preferred to the newest. */
  version: string | undefined;
  signal: AbortSignal;
}

/**
 * Copies the package for the host's architecture out of the runtime; undefined where the medium carries none.
 * @throws PommgrError `trust.*`, `integrity.*`.
 */
export async function takeToolPackage(
  media: string,
  { store, aptRoot, version: wanted, signal }: ToolPackageOptions,
): Promise<OfferedTool | undefined> {
  const versions = await listRuntimes(media);
  const version = versions.find((name) => name.replace('-', '~') === wanted) ?? newestRuntime(versions);
  if (version === undefined) return undefined;
  const runtime = await openRuntime({ media, version }, await readHostTrust(aptRoot.root));
  const name = packageNameFor(aptRoot.architecture);
  const sha256 = runtime.digests.get(name);
  if (sha256 === undefined) return undefined;
  const directory = fetchedDirectory(store);
  const file = join(directory, `${toolPackageName}.deb`);
  await makeDirectory(directory);
  const hashers = openHasherPool(1);
  try {
    await copyChecked(below(runtime.base, name), file, { sha256, hashers, signal });
  } finally {
    await hashers.close();
  }
  return { ...(await identify(file, aptRoot.architecture)), file };
}

async function identify(file: string, expected: string): Promise<Omit<OfferedTool, 'file'>> {
  const format = '${Package} ${Version} ${Architecture}';
  const { stdout } = await run('dpkg-deb', ['--show', `--showformat=${format}`, file], { code: 'tool.dpkg' });
  const [name = '', version = '', architecture = ''] = stdout.trim().split(' ');
  if (name === toolPackageName && version !== '' && architecture === expected)
    return { version, architecture };
  throw new PommgrError(
    'integrity.extra',
    `The Debian package in the medium's runtime is not pommgr's: expected ${toolPackageName} for ${expected}, found ${stdout.trim()}.`,
    { hints: ['Run "pommgr pack" with this medium again on the online side.'], details: { found: stdout } },
  );
}
