/** The files of a host's identity, read from its root and put back there. */
import { copyPlainFile, readPlainFile } from '../../core/adapters/plain-file.ts';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { compareText } from '../../core/domain/canonical-json.ts';
import { identityPaths, sshHostKeyPattern, type IdentityFile } from '../domain/host-identity.ts';
import type { PutBackFile } from '../domain/restore-report.ts';
import { replacedSuffix } from '../../apt/adapters/host-apt-files.ts';
import { resolveInRoot, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { listDirectory, makeDirectory, writeFileWithOwner } from '../../core/adapters/atomic-files.ts';
import { entryInRoot, pathInRoot } from '../../core/adapters/root-paths.ts';

/** Those that are there, by path. */
export async function readIdentityFiles(aptRoot: AptRoot): Promise<IdentityFile[]> {
  const keys = (await listDirectory(await pathInRoot(aptRoot.root, '/etc/ssh')))
    .map((name) => `/etc/ssh/${name}`)
    .filter((path) => sshHostKeyPattern.test(path));
  const files: IdentityFile[] = [];
  for (const path of [...identityPaths, ...keys].toSorted(compareText)) {
    const place = await resolveInRoot(aptRoot, path);
    if (place !== undefined) files.push({ path, ...(await readFileWithOwner(place)) });
  }
  return files;
}

async function readFileWithOwner(place: string): Promise<Omit<IdentityFile, 'path'>> {
  const { mode, uid, gid } = await stat(place);
  return { mode: mode & 0o777, uid, gid, content: (await readPlainFile(place)).toString('base64') };
}

/**
 * Writes each file with its owner and mode; of what is replaced, a copy stays beside it as `*.pommgr.replaced`.
 * With `dryRun` it only tells what it would do.
 */
export async function putBackIdentity(
  aptRoot: AptRoot,
  files: readonly IdentityFile[],
  { dryRun }: { dryRun: boolean },
): Promise<PutBackFile[]> {
  const done: PutBackFile[] = [];
  for (const file of files) {
    const place = await resolveInRoot(aptRoot, file.path);
    const outcome = place === undefined ? 'new' : (await isSame(place, file)) ? 'same' : 'replaced';
    done.push({ path: file.path, outcome });
    if (dryRun || outcome === 'same') continue;
    if (place !== undefined) await copyPlainFile(place, `${place}${replacedSuffix}`);
    await write(place ?? (await entryInRoot(aptRoot.root, file.path)), file);
  }
  return done;
}

async function isSame(place: string, wanted: IdentityFile): Promise<boolean> {
  const found = await readFileWithOwner(place);
  return (Object.keys(found) as (keyof typeof found)[]).every((field) => found[field] === wanted[field]);
}

async function write(place: string, { mode, uid, gid, content }: IdentityFile): Promise<void> {
  await makeDirectory(dirname(place));
  await writeFileWithOwner(place, { data: Buffer.from(content, 'base64'), mode, owner: { uid, gid } });
}
