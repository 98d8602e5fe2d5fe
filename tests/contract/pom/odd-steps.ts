/** Transcripts 385 to 413: odd repositories, proxies, changed configs, two runs at once, signals. */
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import type { RunResult } from '../../../src/core/adapters/process.ts';
import { writeKeys } from './config-steps.ts';
import { inMountNamespace, runUntil } from './interruptions.ts';
import { freshMirror } from './pom-config.ts';
import { range, shell, type Step } from './replay.ts';
import { type Site, withFaults } from './site.ts';

const pom = 'proxmox-offline-mirror';
const config = '--config /srv/pomtest/fpom.cfg';
const skipBig = ['skip-packages bigpkg*'];
const addMedium = shell(
  `${pom} config media add ${config} --id fdisk1 --mountpoint /srv/pomtest/fdisk --mirrors ftest --sync true --verify true`,
);
const create = shell(`${pom} mirror snapshot create ftest ${config}`);

const oddRepository = (repository: string): Step => freshMirror({ repository, more: skipBig });

export const oddSteps: readonly Step[] = [
  writeKeys,
  async (site) => await site.stage('big-again'),
  oddRepository('deb file:///srv/pomtest/repo trixie main'),
  385,
  oddRepository('deb http://user:pw@127.0.0.1:8099/ trixie main'),
  386,
  oddRepository('deb https://127.0.0.1:8099 trixie main'),
  387,
  oddRepository('deb-src http://127.0.0.1:8099 trixie main'),
  388,
  oddRepository('deb http://127.0.0.1:8099 trixie'),
  389,
  oddRepository('deb http://127.0.0.1:8099 trixie nosuchcomponent'),
  390,
  oddRepository('deb http://127.0.0.1:8099 sid main'),
  391,
  freshMirror({ more: skipBig }),
  ...range(393, 396),
  addMedium,
  async (site) => await mkdir(site.path('fdisk')),
  { n: 397, act: removeMounted },
  398,
  addMedium,
  async (site) => await mkdir(site.path('fdisk')),
  create,
  shell(`${pom} medium sync fdisk1 ${config}`),
  moveBase,
  399,
  400,
  401,
  402,
  freshMirror(),
  { n: 403, nameEnd: 'a', act: startTwo, stdout: 'start', mask: withoutErrors },
  { n: 403, nameEnd: 'b', act: async (site) => takeSecond(site), stdout: 'start', mask: withoutErrors },
  async (site) => await writeFile(site.path('fbase/.pool/sha256', 'z'.repeat(64)), ''),
  404,
  async (site) => {
    await rm(site.path('fbase/.pool/sha256', 'z'.repeat(64)));
    await mkdir(site.path('fbase/.pool/other'));
    await writeFile(site.path('fbase/.pool/other/f'), 'other\n');
    await writeFile(site.path('fbase/.pool/sha512', `${'0'.repeat(128)}.tmp_ABCDEF`), 'tmp\n');
    await writeFile(site.path('fbase/.pool/sha512/README'), 'read\n');
  },
  405,
  freshMirror(),
  (site) =>
    withFaults(site, { '/pool/main/b/bigpkg/bigpkg_1.0_amd64.deb': { kind: 'stall', afterBytes: 1000 } }),
  { n: 406, act: sendSignals },
  freshMirror({ more: skipBig }),
  create,
  addMedium,
  shell(`rm -rf fdisk && mkdir fdisk && ${pom} medium sync fdisk1 ${config}`),
  shell(`${pom} config mirror remove ${config} --id ftest --remove-data false`),
  ...range(409, 413),
];

async function removeMounted(site: Site, command: string): Promise<RunResult> {
  return await inMountNamespace(site, `mount -t tmpfs tmpfs ${site.path('fdisk')} && ${command}`);
}

/** The base-dir is elsewhere now, under the config's name for it. */
async function moveBase(site: Site): Promise<void> {
  await rename(site.path('fbase'), site.path('fbase2'));
  await site.pom(
    `config mirror update --config ${site.path('fpom.cfg')} --id ftest --base-dir ${site.path('fbase2')}`,
  );
}

const seconds = new WeakMap<Site, RunResult>();

/** Two runs at once: one of them finds the snapshot's name taken. That one is returned, the other kept. */
async function startTwo(site: Site): Promise<RunResult> {
  const command = `${pom} mirror snapshot create ftest --config ${site.path('fpom.cfg')}`;
  const results = await Promise.all([site.shell(command), site.shell(command)]);
  const [good, bad] = results.toSorted((left, right) => left.exitCode - right.exitCode);
  if (good === undefined || bad === undefined) throw new Error('there were not two runs');
  if (!/^Error: Failed to rename ".*\.tmp" to ".*" - /m.test(bad.stderr)) throw new Error(bad.stderr);
  seconds.set(site, good);
  return { ...bad, stderr: '' };
}

async function takeSecond(site: Site): Promise<RunResult> {
  const result = seconds.get(site);
  if (result === undefined) throw new Error('the two runs come first');
  return result;
}

/** The recording has both outputs in one, and an exit code that its script wrote. */
function withoutErrors(text: string): string {
  return text.replaceAll(/^(?:Error: .*|rc\d=\d+)\n/gm, '');
}

/** SIGINT, then SIGTERM, into a download that stalls; said as the recording's script did. */
async function sendSignals(site: Site): Promise<RunResult> {
  const create = `${pom} mirror snapshot create ftest --config ${site.path('fpom.cfg')}`;
  let stdout = '';
  for (const [number, signal] of [
    [2, 'SIGINT'],
    [15, 'SIGTERM'],
  ] as const) {
    await freshMirror()(site);
    const { exitCode, stderr } = await runUntil(site, create, { line: /bigpkg_/, signal });
    const left = (await readdir(site.path('fbase/ftest'))).map((name) => `'${name}'`);
    stdout += `${number} returncode ${128 - exitCode} b'${stderr}' [${left.join(', ')}]\n`;
  }
  return { stdout, stderr: '', exitCode: 0 };
}
