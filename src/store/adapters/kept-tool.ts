/**
 * Keeps the launcher and the newest runtime of a medium in the store, for `serve` to offer. Invariant: `medium/` has
 * its name only when every file in it was hashed against a manifest that a trusted key signed.
 */
import { dirname, join } from 'node:path';
import {
  makeDirectory,
  pathExists,
  removeDurably,
  renameDurably,
  writeFileAtomic,
} from '../../core/adapters/atomic-files.ts';
import { copyChecked } from '../../core/adapters/checked-copy.ts';
import { kindAt, namesAt, readAt, sizeAt } from '../../core/adapters/files-at.ts';
import { requireSpace } from '../../core/adapters/free-space.ts';
import { openHasherPool } from '../../core/adapters/hashing.ts';
import { below, topPlace } from '../../core/domain/place.ts';
import { purposeFileName } from '../../core/domain/purpose.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';
import { listRuntimes, openRuntime } from '../../medium/adapters/medium-tool.ts';
import { runtimeDirectoryName, toolDirectoryName } from '../../medium/domain/medium-layout.ts';
import { platformsOf } from '../../medium/domain/medium-tool.ts';
import type { SignedDirectory } from '../../trust/adapters/signed-directory.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import { isRootSignatureName } from '../../trust/domain/signing-key.ts';
import { runtimeVersionsFileName, type KeptTool } from '../domain/kept-tool.ts';
import { syncStore } from './store-pool.ts';
import type { Store } from './store.ts';

/** A signature has 64 bytes, PURPOSE one line, and a manifest less than this. */
const maxSmallBytes = 1024 * 1024;
const filesBeside = 80;

/** Returns whether this store keeps the tool of media, even if a run was killed while it replaced it. */
export async function keepsTool(store: Store): Promise<boolean> {
  return (await pathExists(store.medium)) || pathExists(temporaryOf(store));
}

/** Returns what is kept and complete by its manifests. @throws PommgrError `trust.*` and `integrity.*`. */
export async function readKeptTool(store: Store, trusted: TrustedKeys): Promise<KeptTool | null> {
  const [version] = await listRuntimes(store.medium);
  if (version === undefined) return null;
  const runtime = await openRuntime({ media: store.medium, version }, trusted);
  return { version, platforms: platformsOf(runtime.digests.keys()) };
}

/** Returns whether the kept manifests are byte for byte these. */
export async function isKept(
  store: Store,
  { tool, runtime }: { tool: SignedDirectory; runtime: SignedDirectory },
): Promise<boolean> {
  for (const [signed, directory] of placesOf(store.medium, { tool, runtime })) {
    const list = below(topPlace(directory), rootFileName);
    if ((await kindAt(list)) !== 'file') return false;
    if (!(await readAt(list, maxSmallBytes)).equals(signed.manifest)) return false;
    const kept = await namesAt(topPlace(directory));
    const signatures = (await namesAt(signed.directory)).filter(isRootSignatureName);
    if (!signatures.every((name) => kept.includes(name))) return false;
  }
  return true;
}

/** Copies both and replaces the previous ones. @throws PommgrError `integrity.*`, `state.space`. */
export async function keepTool(
  store: Store,
  { tool, runtime, version }: { tool: SignedDirectory; runtime: SignedDirectory; version: string },
  signal: AbortSignal,
): Promise<void> {
  const temporary = temporaryOf(store);
  await removeDurably(temporary);
  await requireSpace(store.directory, (await sizeOf(tool)) + (await sizeOf(runtime)), {
    files: tool.digests.size + runtime.digests.size + filesBeside,
    what: 'the launcher and the runtime of the medium',
  });
  for (const [signed, directory] of placesOf(temporary, { tool, runtime })) {
    await copySigned(signed, { directory, base: signed === tool ? temporary : directory, signal });
  }
  await writeFileAtomic(join(temporary, runtimeVersionsFileName), `${version}\n`);
  await syncStore(store);
  await removeDurably(store.medium);
  await renameDurably(temporary, store.medium);
}

async function copySigned(
  signed: SignedDirectory,
  { directory, base, signal }: { directory: string; base: string; signal: AbortSignal },
): Promise<void> {
  await makeDirectory(directory);
  const hashers = openHasherPool(1);
  try {
    for (const [name, sha256] of signed.digests) {
      const to = join(base, name);
      await makeDirectory(dirname(to));
      await copyChecked(below(signed.base, name), to, { sha256, hashers, signal });
    }
  } finally {
    await hashers.close();
  }
  const signatures = (await namesAt(signed.directory)).filter(isRootSignatureName);
  for (const name of [purposeFileName, ...signatures]) {
    await writeFileAtomic(join(directory, name), await readAt(below(signed.directory, name), maxSmallBytes));
  }
  await writeFileAtomic(join(directory, rootFileName), signed.manifest);
}

function placesOf(
  top: string,
  { tool, runtime }: { tool: SignedDirectory; runtime: SignedDirectory },
): [SignedDirectory, string][] {
  return [
    [tool, join(top, toolDirectoryName)],
    [runtime, join(top, runtimeDirectoryName, runtime.directory.names.at(-1) ?? '')],
  ];
}

async function sizeOf({ base, digests }: SignedDirectory): Promise<number> {
  let sizeBytes = 0;
  for (const name of digests.keys()) sizeBytes += await sizeAt(below(base, name));
  return sizeBytes;
}

function temporaryOf({ medium }: Store): string {
  return `${medium}.tmp`;
}
