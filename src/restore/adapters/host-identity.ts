/** Reads the files of a host's identity from its root, restores them there, or writes them beside. */
import { copyPlainFile, readPlainFile } from '../../core/adapters/plain-file.ts';
import { lstat, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemErrorCode } from '../../core/adapters/system-error.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import {
  besideDirectory,
  besidePath,
  clusterDatabasePath,
  identityPaths,
  placementOf,
  sshHostKeyPattern,
  type IdentityFile,
} from '../domain/host-identity.ts';
import type { PutBackFile } from '../domain/restore-report.ts';
import { replacedSuffix } from '../../apt/adapters/host-apt-files.ts';
import { resolveInRoot, type AptRoot } from '../../apt/adapters/apt-root.ts';
import { listDirectory, makeDirectory, writeFileWithOwner } from '../../core/adapters/atomic-files.ts';
import { entryInRoot, pathInRoot } from '../../core/adapters/root-paths.ts';
import { copyClusterDatabase } from './cluster-database.ts';

export interface FoundIdentity {
  /** Those that are there, by path. */
  files: IdentityFile[];
  /** Existing files that could not be read or copied. */
  missing: { path: string; why: string }[];
}

export async function readIdentityFiles(aptRoot: AptRoot): Promise<FoundIdentity> {
  const keys = (await listDirectory(await pathInRoot(aptRoot.root, '/etc/ssh')))
    .map((name) => `/etc/ssh/${name}`)
    .filter((path) => sshHostKeyPattern.test(path));
  const found: FoundIdentity = { files: [], missing: [] };
  for (const path of [...identityPaths, ...keys].toSorted(compareText)) {
    const place = await resolveInRoot(aptRoot, path);
    if (place === undefined) continue;
    try {
      found.files.push({ path, ...(await readFileWithOwner(place, path)) });
    } catch (error) {
      found.missing.push({ path, why: whyNot(error) });
    }
  }
  return found;
}

/** Without a quorum or pmxcfs a path below /etc/pve may fail in ways of its own. */
function whyNot(error: unknown): string {
  if (!(error instanceof PommgrError) && systemErrorCode(error) === undefined) throw error;
  return (error as Error).message;
}

async function readFileWithOwner(place: string, path: string): Promise<Omit<IdentityFile, 'path'>> {
  const { mode, uid, gid } = await stat(place);
  const isDatabase = path === clusterDatabasePath;
  const bytes = isDatabase ? await copyClusterDatabase(place) : await readPlainFile(place);
  return { mode: mode & 0o777, uid, gid, content: bytes.toString('base64') };
}

/**
 * Writes each file with its owner and mode, to its own path or below `besideDirectory`; a replaced file is kept as
 * `*.pommgr.replaced`. With `dryRun` it only reports what it would do.
 */
export async function putBackIdentity(
  aptRoot: AptRoot,
  files: readonly IdentityFile[],
  { dryRun }: { dryRun: boolean },
): Promise<PutBackFile[]> {
  const done: PutBackFile[] = [];
  for (const file of files) {
    const planned = await planFile(aptRoot, file);
    const { outcome, beside } = planned;
    done.push(planned);
    if (dryRun || outcome === 'same') continue;
    if (beside === null) await putBack(aptRoot, file);
    else await layBeside(aptRoot, file, beside);
  }
  return done;
}

/** A resolv.conf that is a link belongs to the program that made it (resolved, resolvconf, NetworkManager). */
async function isLaidBeside({ root }: AptRoot, path: string): Promise<boolean> {
  if (placementOf(path) === 'beside') return true;
  return path === '/etc/resolv.conf' && (await isLink(await entryInRoot(root, path)));
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

async function planFile(aptRoot: AptRoot, file: IdentityFile): Promise<PutBackFile> {
  const { path } = file;
  const place = await resolveInRoot(aptRoot, path);
  if (!(await isLaidBeside(aptRoot, path))) {
    if (place === undefined) return { path, outcome: 'new', beside: null };
    return { path, outcome: (await isSame(place, file, false)) ? 'same' : 'replaced', beside: null };
  }
  // The cluster's database changes by itself, so it is never opened here.
  if (path !== clusterDatabasePath && place !== undefined && (await isSame(place, file, true))) {
    return { path, outcome: 'same', beside: null };
  }
  const beside = besidePath(path);
  const laid = await resolveInRoot(aptRoot, beside);
  const isLaid = laid !== undefined && (await isSame(laid, file, true));
  return { path, outcome: isLaid ? 'same' : 'beside', beside };
}

/** Files that are written beside belong only to root, whoever owned them. */
async function isSame(place: string, wanted: IdentityFile, contentAlone: boolean): Promise<boolean> {
  const { mode, uid, gid } = await stat(place);
  if ((await readPlainFile(place)).toString('base64') !== wanted.content) return false;
  return contentAlone || ((mode & 0o777) === wanted.mode && uid === wanted.uid && gid === wanted.gid);
}

async function putBack(aptRoot: AptRoot, { path, mode, uid, gid, content }: IdentityFile): Promise<void> {
  const place = await resolveInRoot(aptRoot, path);
  if (place !== undefined) await copyPlainFile(place, `${place}${replacedSuffix}`);
  const to = place ?? (await entryInRoot(aptRoot.root, path));
  await makeDirectory(dirname(to));
  await writeFileWithOwner(to, { data: Buffer.from(content, 'base64'), mode, owner: { uid, gid } });
}

async function layBeside({ root }: AptRoot, { content }: IdentityFile, beside: string): Promise<void> {
  await makeDirectory(await pathInRoot(root, besideDirectory), 0o700);
  const to = await entryInRoot(root, beside);
  await makeDirectory(dirname(to), 0o700);
  const owner = { uid: 0, gid: 0 };
  await writeFileWithOwner(to, { data: Buffer.from(content, 'base64'), mode: 0o600, owner });
}
