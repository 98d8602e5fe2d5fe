/**
 * Records what the last full check of upstream saw, so that the next run can tell within a few milliseconds that
 * nothing is new. Invariant: it reports that only where a full check would, for the same bytes that were verified then,
 * with the same config, keyrings, logins, host locks and baseline, before any time-dependent judgement expires;
 * otherwise it reports nothing. It imports as little as possible: loading the rest takes longer than the check.
 */
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { MirrorLogin } from '../../config/adapters/login-file.ts';
import { isAsStamped, type PathStamp } from './path-stamp.ts';
import { openQuickRequests } from './quick-request.ts';

/** The file `last-check.json` beside the baselines. */
export interface LastCheck {
  schema: 'pommgr/last-check/v2';
  /** Another version may judge differently. */
  tool: string;
  /** Name of the newest baseline of the track. */
  baseline: string;
  /** Files on which the outcome depends, such as the config, the keyrings and baseline.json: paths and SHA-256. */
  files: { path: string; sha256: string }[];
  /** The same for secrets and directories: login files, reports of hosts, directories of host locks. */
  stamps: PathStamp[];
  /** Where the program of Proxmox Offline Mirror was found, for an engine that depends on it. */
  program?: { name: string; path: string | null };
  /** Each signed Release file, as it was fetched; null for a form that the server does not have. */
  releases: { uri: string; sha256: string | null }[];
  /** Logins for the mirrors. */
  mirrors: MirrorLogin[];
  /** With more baselines of the track than this, some may have to be removed; null without the setting `retention`. */
  keep: number | null;
  /** Where damaged files of the pool are set aside for a full run to fetch again: it must be empty. */
  setAside: string;
  checked: string;
  /** The first moment at which one of the judgements could change. */
  goodUntil: string;
}

/** What a full run would report. */
export interface Unchanged {
  baseline: ShownBaseline;
  /** Whether the config has `retention`, which has nothing to remove. */
  isRetaining: boolean;
}

/** The part of a baseline that is shown to people. */
interface ShownBaseline {
  name: string;
  created: string;
}

export function lastCheckPath(stateDir: string): string {
  return join(stateDir, 'last-check.json');
}

/** Returns undefined where only a full check can tell. */
export async function findUnchanged(
  configFlag: string | undefined,
  { environment, tool }: { environment: NodeJS.ProcessEnv; tool: string },
): Promise<Unchanged | undefined> {
  try {
    const check = readLastCheck(configFlag, environment);
    if (check?.tool !== tool || !isCurrent(check, { now: new Date(), environment })) return undefined;
    const request = await openQuickRequests(check.mirrors, { environment, tool });
    const answers = await Promise.all(check.releases.map(({ uri }) => request(uri)));
    if (!check.releases.every(({ sha256 }, index) => sha256 === digestOf(answers[index] ?? null)))
      return undefined;
    const file = check.files.find(({ path }) => path.endsWith('/baseline.json'));
    if (file === undefined) return undefined;
    const baseline = JSON.parse(readFileSync(file.path, 'utf8')) as ShownBaseline;
    return { baseline, isRetaining: check.keep !== null };
  } catch {
    // The full check meets the same problem, and reports it.
    return undefined;
  }
}

/** Looks where the config would put it; a wrong guess finds no file, or one of another config. */
function readLastCheck(
  configFlag: string | undefined,
  environment: NodeJS.ProcessEnv,
): LastCheck | undefined {
  const named = configFlag ?? (environment['POMMGR_CONFIG'] || undefined);
  const candidates = named === undefined ? ['pommgr.yaml', '/etc/pommgr/pommgr.yaml'] : [named];
  const configFile = candidates.map((path) => resolve(path)).find((path) => existsSync(path));
  if (configFile === undefined) return undefined;
  const stateDir =
    /^stateDir: *["']?([^"'#\n]*[^"'#\s])/m.exec(readFileSync(configFile, 'utf8'))?.[1] ?? './state';
  const path = lastCheckPath(resolve(dirname(configFile), stateDir));
  if (!existsSync(path)) return undefined;
  const check = JSON.parse(readFileSync(path, 'utf8')) as LastCheck;
  return check.schema === 'pommgr/last-check/v2' && check.files[0]?.path === configFile ? check : undefined;
}

/** Returns whether everything that it depends on is unchanged. */
function isCurrent(
  check: LastCheck,
  { now, environment }: { now: Date; environment: NodeJS.ProcessEnv },
): boolean {
  if (now.getTime() < Date.parse(check.checked) || now.getTime() >= Date.parse(check.goodUntil)) return false;
  if (!check.files.every(({ path, sha256 }) => sha256 === digestOf(readFileSync(path)))) return false;
  if (!check.stamps.every(isAsStamped)) return false;
  const { program } = check;
  if (program !== undefined && findProgram(program.name, environment) !== program.path) return false;
  if (existsSync(check.setAside) && readdirSync(check.setAside).length > 0) return false;
  const file = check.files.find(({ path }) => path.endsWith('/baseline.json'));
  const names = file === undefined ? [] : readdirSync(dirname(dirname(file.path)));
  if (!names.includes(check.baseline) || names.some((name) => isLater(name, check.baseline))) return false;
  if (check.keep === null) return true;
  // A full run removes what a killed run had to remove, and what exceeds the setting.
  const ofTrack = names.filter((name) => trackOf(name) === trackOf(check.baseline));
  return ofTrack.length <= check.keep && !names.some((name) => name.endsWith('.removed.tmp'));
}

/** Returns the path of a program in $PATH, or of one that is named by its path; null where there is none. */
export function findProgram(name: string, { PATH = '' }: NodeJS.ProcessEnv): string | null {
  const candidates = name.includes('/') ? [name] : PATH.split(':').map((directory) => join(directory, name));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function trackOf(name: string): string | undefined {
  return /^(.*)-\d+$/.exec(name)?.[1];
}

/** Returns whether a baseline is a later one of the same track. */
function isLater(name: string, than: string): boolean {
  const sequenceOf = (text: string): number => Number(/\d+$/.exec(text)?.[0]);
  return (
    trackOf(name) !== undefined && trackOf(name) === trackOf(than) && sequenceOf(name) > sequenceOf(than)
  );
}

function digestOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : createHash('sha256').update(bytes).digest('hex');
}
