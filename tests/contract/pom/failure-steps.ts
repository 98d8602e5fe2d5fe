/** Transcripts 153 to 194: key files, and what goes wrong upstream. */
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, copyFile, mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Fault } from '../../support/http-server.ts';
import { writeKeyring } from '../../support/gpg.ts';
import { writeKeys } from './config-steps.ts';
import { runUntil } from './interruptions.ts';
import { freshMirror, type MirrorOptions } from './pom-config.ts';
import { range, type ReplayStep, shell, type Step } from './replay.ts';
import { type Site, withFaults } from './site.ts';

const pom = 'proxmox-offline-mirror';
const config = '--config /srv/pomtest/pom.cfg';
const alpha = '/pool/main/a/alpha/alpha_1.1_amd64.deb';
const contribIndices = '/dists/trixie/contrib/binary-amd64';
const dists = '/dists/trixie';
const notFound: Fault = { kind: 'status', status: 404 };

/** Ends early, after what chance put first. */
const early = (n: number): ReplayStep => ({ n, stdout: 'start and end' });

export const keySteps: readonly Step[] = [
  writeKeys,
  async (site) => await site.stage('alpha-1.1'),
  shell(
    `${pom} config mirror add ${config} --id test-wrongkey --repository 'deb http://127.0.0.1:8099 trixie main contrib' ` +
      '--architectures amd64 --architectures all --base-dir /srv/pomtest/base --key-path /srv/pomtest/key-good.gpg ' +
      '--sync true --verify true',
  ),
  shell(`${pom} mirror snapshot create test-wrongkey ${config} && rm -r /srv/pomtest/base/test-wrongkey/*`),
  shell(`${pom} config mirror update ${config} --id test-wrongkey --key-path /srv/pomtest/key-other.gpg`),
  async (site) => await writeKeyring(site.path('key-other.gpg'), [site.other]),
  153,
  154,
  async (site) => await writeKeyring(site.path('key-other.gpg'), [site.good, site.other]),
  155,
  async (site) => await writeFile(site.path('key-other.gpg'), 'garbage\n'),
  156,
  async (site) => await writeFile(site.path('key-other.gpg'), ''),
  157,
  async (site) => await copyFile(site.path('key-good.asc'), site.path('key-other.gpg')),
  158,
  async (site) => await writeKeyring(site.path('key-other.gpg'), [site.good, site.other], { armored: true }),
  159,
  160,
  async (site) => await writeKeyring(site.path('two-keys.gpg'), [site.other, site.good]),
  freshMirror({ key: 'two-keys.gpg' }),
  161,
];

export const failureSteps: readonly Step[] = [
  writeKeys,
  async (site) => await site.stage('alpha-1.1'),
  ...failing(162, { [`${dists}/InRelease`]: notFound }),
  ...failing(163, { [`${dists}/Release.gpg`]: notFound }),
  ...failing(164, { [`${dists}/Release.gpg`]: notFound, [`${dists}/InRelease`]: notFound }),
  ...failing(165, { '*': { kind: 'status', status: 503 } }),
  // What the recorded server had made of the file is not known: the parser's words depend on it.
  ...failing(
    {
      n: 166,
      mask: (text) => text.replace(/^Error: (?:unexpected EOF|Malformed Message: .*)$/m, 'Error: malformed'),
    },
    { [`${dists}/InRelease`]: { kind: 'wrong-bytes' } },
  ),
  ...failing(early(168), { [alpha]: notFound }),
  ...failing(169, { [`${dists}/Release`]: { kind: 'wrong-bytes' } }),
  ...failing(170, { [alpha]: notFound }, { more: ['ignore-errors true'] }),
  ...failing(early(171), { [alpha]: { kind: 'wrong-bytes' } }),
  ...failing(172, { [alpha]: { kind: 'wrong-bytes' } }, { more: ['ignore-errors true'] }),
  freshMirror(),
  lengthenPackage,
  173,
  ...failing(early(174), { [alpha]: { kind: 'truncate', afterBytes: 100 } }),
  freshMirror(),
  dropConnections,
  early(175),
  freshMirror(),
  shell(`${pom} mirror snapshot create ftest --config /srv/pomtest/fpom.cfg`),
  occupyNames,
  177,
  ...failing(early(178), { [alpha]: { kind: 'redirect', to: '/pool/contrib/z/zeta/zeta_1.0_amd64.deb' } }),
  freshMirror(),
  async (site) => await removeByHash(site),
  179,
  async (site) => await site.stage('alpha-1.1'),
  freshMirror(),
  corruptIndex,
  early(180),
  freshMirror(),
  hideTranslations,
  181,
  freshMirror(),
  182,
  183,
  ...failing(early(184), { [alpha]: { kind: 'status', status: 503 } }),
  { n: 185, stdout: 'start' },
  ...range(186, 188),
  async (site) => await site.stage('big'),
  freshMirror(),
  stallBig,
  {
    ...early(189),
    act: async (site, command) => await runUntil(site, command, { line: /bigpkg_/, signal: 'SIGKILL' }),
  },
  { n: 190, mask: (text) => text.replaceAll(/^.*\/pool(?:\/.*)?$|^\d+$/gm, '') },
  { n: 191, stdout: 'start' },
  freshMirror(),
  holdLock,
  192,
  {
    n: 193,
    act: async (site, command) => await site.shell(`POM_STANDIN_LOCK_SECONDS=1 ${command}`),
  },
  async (site) => await site.cleanUp(),
  freshMirror(),
  stallBig,
  early(194),
];

/** A fresh base-dir, and faults while one transcript is replayed. */
function failing(step: Step, faults: Record<string, Fault>, options: MirrorOptions = {}): Step[] {
  return [freshMirror(options), (site) => withFaults(site, faults), step];
}

/** The server sends more than Packages says. */
async function lengthenPackage(site: Site): Promise<void> {
  const path = site.path('repo', alpha);
  const { length } = await readFile(path);
  await appendFile(path, 'more');
  onTestFinished(async () => await truncate(path, length));
}

/** A server that hangs up before it answers takes over the package. */
async function dropConnections(site: Site): Promise<void> {
  const server = createServer((socket) => socket.once('data', () => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  withFaults(site, { [alpha]: { kind: 'redirect', to: `http://127.0.0.1:${port}/` } });
}

/** The names of the next seconds are taken by directories that hold something. */
async function occupyNames(site: Site): Promise<void> {
  const now = Number(site.environment()['POM_STANDIN_TIME'] ?? Math.floor(Date.now() / 1000));
  for (let second = now; second < now + 5; second += 1) {
    const name = new Date(second * 1000).toISOString().replace('.000Z', 'Z');
    await mkdir(site.path('fbase/ftest', name, 'taken'), { recursive: true });
  }
}

async function removeByHash(site: Site): Promise<void> {
  await site.shell(`find repo/dists -name by-hash -prune -exec rm -r {} +`);
}

/** Wrong bytes for one index under all its names. */
async function corruptIndex(site: Site): Promise<void> {
  const bytes = await readFile(site.path('repo', contribIndices, 'Packages.xz'));
  const byHash = `by-hash/SHA512/${createHash('sha512').update(bytes).digest('hex')}`;
  for (const name of ['Packages.xz', byHash]) {
    withFaults(site, { [`${contribIndices}/${name}`]: { kind: 'wrong-bytes' } });
  }
}

async function hideTranslations(site: Site): Promise<void> {
  await site.shell('rm -r repo/dists/trixie/*/i18n');
  onTestFinished(async () => await site.stage('alpha-1.1'));
}

function stallBig(site: Site): void {
  withFaults(site, { '/pool/main/b/bigpkg/bigpkg_1.0_amd64.deb': { kind: 'stall', afterBytes: 1000 } });
}

/** Another process has the pool for the rest of this test and the next. */
async function holdLock(site: Site): Promise<void> {
  const holder = spawn('flock', [site.path('fbase/.pool/.lock'), 'sh', '-c', 'echo; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  await once(holder.stdout, 'data');
  site.onCleanUp(() => process.kill(-Number(holder.pid)));
}
