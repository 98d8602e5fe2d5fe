/**
 * What the last whole check of upstream saw, so that the next run can tell within a few milliseconds that nothing is
 * new. Invariant: it says so only where a whole check would, for the same bytes that were verified then, with the same
 * config, keyrings and baseline, before anything that was judged by time has run out; else it says nothing. This
 * module loads nothing but what Node.js has built in: loading the rest takes longer than the check.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The file `last-check.json` beside the baselines. */
export interface LastCheck {
  schema: 'pommgr/last-check/v1';
  tool: string;
  /** Name of the newest baseline of the track. */
  baseline: string;
  /** The config, the keyrings, baseline.json and what else the outcome hangs on: paths and SHA-256. */
  files: { path: string; sha256: string }[];
  /** Each signed Release file, as it was fetched. */
  releases: { uri: string; sha256: string }[];
  /** Where damaged files of the pool are set aside, which a whole run fetches again: nothing may be there. */
  setAside: string;
  checked: string;
  /** The first moment at which one of the judgements could be another. */
  goodUntil: string;
}

/** As much of a baseline as is shown. */
interface ShownBaseline {
  name: string;
  created: string;
}

export function lastCheckPath(stateDir: string): string {
  return join(stateDir, 'last-check.json');
}

const longestMs = 5000;
const maxReleaseBytes = 32 * 1024 * 1024;

/** The baseline that upstream has not changed since; undefined where only a whole check can tell. */
export async function findUnchanged(
  configFlag: string | undefined,
  environment: NodeJS.ProcessEnv,
): Promise<ShownBaseline | undefined> {
  try {
    const check = readLastCheck(configFlag, environment);
    if (check === undefined || hasProxy(environment) || !isCurrent(check, new Date())) return undefined;
    const requests = await Promise.all(check.releases.map(({ uri }) => fetchSmall(uri, check.tool)));
    if (!check.releases.every(({ sha256 }, index) => sha256 === digestOf(requests[index]))) return undefined;
    const file = check.files.find(({ path }) => path.endsWith('/baseline.json'));
    return file === undefined
      ? undefined
      : (JSON.parse(readPlain(file.path).toString('utf8')) as ShownBaseline);
  } catch {
    // Whatever it is, the whole check meets it too, and says what it is.
    return undefined;
  }
}

/** Where the config would put it; a wrong guess finds no file, or one of another config. */
function readLastCheck(
  configFlag: string | undefined,
  environment: NodeJS.ProcessEnv,
): LastCheck | undefined {
  const named = configFlag ?? (environment['POMMGR_CONFIG'] || undefined);
  const candidates = named === undefined ? ['pommgr.yaml', '/etc/pommgr/pommgr.yaml'] : [named];
  const configFile = candidates.map((path) => resolve(path)).find((path) => existsSync(path));
  if (configFile === undefined) return undefined;
  const stateDir =
    /^stateDir: *["']?([^"'#\n]*[^"'#\s])/m.exec(readPlain(configFile).toString('utf8'))?.[1] ?? './state';
  const path = lastCheckPath(resolve(dirname(configFile), stateDir));
  if (!existsSync(path)) return undefined;
  const check = JSON.parse(readPlain(path).toString('utf8')) as LastCheck;
  return check.schema === 'pommgr/last-check/v1' && check.files[0]?.path === configFile ? check : undefined;
}

/** Whether all that it hangs on is as it was. */
function isCurrent(check: LastCheck, now: Date): boolean {
  if (now.getTime() < Date.parse(check.checked) || now.getTime() >= Date.parse(check.goodUntil)) return false;
  if (!check.files.every(({ path, sha256 }) => sha256 === digestOf(readPlain(path)))) return false;
  if (existsSync(check.setAside) && readdirSync(check.setAside).length > 0) return false;
  const file = check.files.find(({ path }) => path.endsWith('/baseline.json'));
  const names = file === undefined ? [] : readdirSync(dirname(dirname(file.path)));
  return names.includes(check.baseline) && !names.some((name) => isLater(name, check.baseline));
}

/** Whether a baseline is a later one of the same track. */
function isLater(name: string, than: string): boolean {
  const [, track, sequence] = /^(.*)-(\d+)$/.exec(name) ?? [];
  const [, ownTrack, ownSequence] = /^(.*)-(\d+)$/.exec(than) ?? [];
  return track === ownTrack && Number(sequence) > Number(ownSequence);
}

/** Whether a proxy is named, for whichever host. */
function hasProxy(environment: NodeJS.ProcessEnv): boolean {
  return Object.entries(environment).some(([name, value]) => /^(https?|all)_proxy$/i.test(name) && value);
}

/** @throws Error for any answer but 200 with the whole body. */
async function fetchSmall(uri: string, tool: string): Promise<Buffer> {
  const { get } = uri.startsWith('https:') ? await import('node:https') : await import('node:http');
  return new Promise((done, fail) => {
    const headers = { 'user-agent': `pommgr/${tool}`, 'accept-encoding': 'identity' };
    const request = get(uri, { headers, agent: false, timeout: longestMs }, (response) => {
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      if (response.statusCode !== 200) request.destroy(new Error('another answer'));
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        sizeBytes += chunk.length;
        if (sizeBytes > maxReleaseBytes) request.destroy(new Error('too long'));
      });
      response.once('error', fail);
      response.once('end', () =>
        response.complete ? done(Buffer.concat(chunks)) : fail(new Error('cut off')),
      );
    });
    request.once('timeout', () => request.destroy(new Error('too slow')));
    request.once('error', fail);
  });
}

/** A FIFO would wait for ever. @throws Error for anything but a regular file. */
function readPlain(path: string): Buffer {
  if (!statSync(path).isFile()) throw new Error(`${path} is not a regular file`);
  return readFileSync(path);
}

function digestOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : createHash('sha256').update(bytes).digest('hex');
}
