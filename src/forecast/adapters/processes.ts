/**
 * Lists the processes of the machine: which files they have in memory, and which systemd unit they belong to (proc(5)).
 */
import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { readPlainText } from '../../core/adapters/plain-file.ts';
import { hasProgram, run } from '../../core/adapters/process.ts';
import { mergedPath } from '../domain/host-view.ts';
import type { Guest } from '../domain/forecast.ts';

export interface RunningProcess {
  pid: number;
  name: string;
  /** `ssh.service`; null for a process of a session, or where there is no systemd. */
  unit: string | null;
  /** Files of the program and its libraries, below /usr where they have two names. */
  files: string[];
  program: string;
  /** True if the program's file was replaced or removed since it started. */
  isStale: boolean;
  words: string[];
}

/** Returns all but kernel threads, and processes that have ended or may not be inspected. */
export async function listProcesses(): Promise<RunningProcess[]> {
  const found: RunningProcess[] = [];
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const process = await readProcess(Number(entry));
    if (process !== undefined) found.push(process);
  }
  return found;
}

async function readProcess(pid: number): Promise<RunningProcess | undefined> {
  const at = (name: string): string => join('/proc', String(pid), name);
  try {
    const program = await readlink(at('exe'));
    const [maps, cgroup, name, line] = await Promise.all(
      ['maps', 'cgroup', 'comm', 'cmdline'].map((file) => readPlainText(at(file))),
    );
    return {
      ...{ pid, name: name?.trim() ?? '', unit: unitOf(cgroup ?? ''), files: mappedFiles(maps ?? '') },
      program: program.replace(/ \(deleted\)$/, ''),
      isStale: program.endsWith(' (deleted)'),
      words: (line ?? '').split('\0'),
    };
  } catch {
    // The process has ended, has no program, or belongs to another user: it is skipped.
    return undefined;
  }
}

/** Returns the paths of mappings that contain code. */
function mappedFiles(maps: string): string[] {
  const files = new Set<string>();
  for (const [, path = ''] of maps.matchAll(/^\S+ ..x. \S+ \S+ \S+ +(\/.*?)(?: \(deleted\))?$/gm))
    files.add(mergedPath(path));
  return [...files];
}

function unitOf(cgroup: string): string | null {
  const units = [...cgroup.matchAll(/([^/\n]+\.service)(?=\/|$)/gm)].map(([, unit = '']) => unit);
  return units.find((unit) => !unit.startsWith('user@')) ?? null;
}

/** Recognises virtual machines by QEMU's own command line; `-id` is what Proxmox VE passes. */
export function guestsOf(processes: readonly RunningProcess[]): Guest[] {
  return processes
    .filter(({ program }) => /\/(?:qemu-system-[^/]+|kvm)$/.test(program))
    .map(({ pid, isStale, words }) => {
      const at = Math.max(words.indexOf('-id'), words.indexOf('-name'));
      return { id: at === -1 ? String(pid) : (words[at + 1] ?? String(pid)), pid, isStale };
    });
}

/** Returns which of the units run now; null without systemd. */
export async function activeUnits(units: readonly string[]): Promise<ReadonlySet<string> | null> {
  if (units.length === 0 || !(await hasProgram('systemctl'))) return null;
  // systemctl prints one answer on each line, in the requested order.
  const { stdout } = await run('systemctl', ['is-active', '--', ...units], { accept: [0, 1, 3, 4] });
  const answers = stdout.split('\n').filter((line) => line !== '');
  if (answers.length !== units.length) return null;
  return new Set(units.filter((_, index) => ['active', 'reloading'].includes(answers[index] ?? '')));
}
