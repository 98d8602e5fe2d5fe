/**
 * Detects whether a POM is working on a base-dir. POM holds the pool's lock only for single files, so the lock does not
 * tell.
 */
import { readPlainText } from '../../core/adapters/plain-file.ts';
import { readdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { basename, resolve } from 'node:path';
import { systemErrorCode } from '../../core/adapters/system-error.ts';

/** POM's own default path, and the variable that it reads. */
const defaultConfigFile = '/etc/proxmox-offline-mirror.cfg';
const configVariable = 'PROXMOX_OFFLINE_MIRROR_CONFIG';

/** What POM's commands that change mirrors, pools or media are called; the others only show, or edit its config. */
const changingActions = ['create', 'remove', 'gc', 'sync'];

/**
 * Returns the id of a process on this machine (proc(5)) that was started as one of `programs`, directly or as the
 * script of an interpreter, to change something, and whose config names the base-dir or cannot be read.
 */
export async function findRunningPom(
  baseDir: string,
  programs: readonly string[],
): Promise<number | undefined> {
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    const line = await readProcess(entry, 'cmdline');
    const words = line.split('\0');
    if (!words.slice(0, 2).some((word) => programs.includes(basename(word)))) continue;
    if (!words.some((word) => changingActions.includes(word))) continue;
    const config = await readIfThere(await configFileOf(entry, words));
    if (config?.includes(baseDir) === true) return Number(entry);
    if (config === undefined && (await stays(entry, line))) return Number(entry);
  }
  return undefined;
}

/** A POM that does not find its config ends at once; one that goes on had it when it started. */
const endsWithinMs = 2000;

async function stays(processId: string, commandLine: string): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < endsWithinMs; waitedMs += 100) {
    if ((await readProcess(processId, 'cmdline')) !== commandLine) return false;
    await pause(100);
  }
  return (await readProcess(processId, 'cmdline')) === commandLine;
}

async function configFileOf(processId: string, words: readonly string[]): Promise<string> {
  const joined = words.find((word) => word.startsWith('--config='));
  const at = words.indexOf('--config');
  const named = joined?.slice('--config='.length) ?? (at === -1 ? undefined : words[at + 1]);
  const variables = (await readProcess(processId, 'environ')).split('\0');
  const inherited = variables.find((line) => line.startsWith(`${configVariable}=`));
  const path = named ?? inherited?.slice(configVariable.length + 1) ?? defaultConfigFile;
  return resolve(`/proc/${processId}/cwd`, path);
}

/** Returns an empty result for a process that has ended, belongs to another user, or is a kernel thread. */
async function readProcess(processId: string, file: 'cmdline' | 'environ'): Promise<string> {
  return (await readIfThere(`/proc/${processId}/${file}`)) ?? '';
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readPlainText(path);
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (['ENOENT', 'ENOTDIR', 'ESRCH', 'EACCES'].includes(code)) return undefined;
    throw error;
  }
}
