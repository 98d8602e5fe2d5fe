/** Transcripts 219 to 284: media. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { writeKeys } from './config-steps.ts';
import { inMountNamespace, runUntil, withMount } from './interruptions.ts';
import { type Preparation, range, type ReplayStep, shell, type Step } from './replay.ts';
import type { Site } from './site.ts';

const pom = 'proxmox-offline-mirror';
const config = '--config /srv/pomtest/pom.cfg';
const theta = 'pool/contrib/t/theta/theta_1.0_amd64.deb';
const bothMirrors = '--mirrors test-trixie --mirrors test-second';

const update = (options: string): Preparation =>
  shell(`${pom} config media update ${config} --id disk1 ${options}`);
const removeSnapshots = (id: string): Preparation =>
  shell(
    `${pom} mirror snapshot list ${id} ${config} | sed -n 's/^- //p' | ` +
      `while read -r name; do ${pom} mirror snapshot remove ${id} "$name" ${config} || exit 1; done`,
  );
const emptyMedium: Preparation = async (site) => {
  await rm(site.path('disk'), { recursive: true, force: true });
  await mkdir(site.path('disk'));
};
/** How much is left to copy after a failure depends on what came first. */
const uncounted = (n: number): ReplayStep => ({
  n,
  mask: (text) => text.replaceAll(/added \d+ files \(\d+b\) \/ \d+ links/g, 'added some'),
});

/** How far it came before it failed does, too. */
const stopped = (n: number): ReplayStep => ({
  n,
  mask: (text) => text.replaceAll(/^Progress: checked.*\n/gm, ''),
});

export const mediumSteps: readonly Step[] = [
  writeKeys,
  async (site) => await site.stage('zlast'),
  ...range(219, 222),
  shell(
    `${pom} config media add ${config} --id disk1 --mountpoint /srv/pomtest/disk --mirrors test-trixie --sync true --verify true`,
  ),
  ...range(223, 226),
  emptyMedium,
  ...range(227, 235),
  update(bothMirrors),
  ...range(236, 238),
  async (site) => await site.stage('beta-2.0'),
  239,
  removeFirstSnapshot,
  ...range(240, 245),
  update('--mirrors test-trixie'),
  ...range(246, 250),
  update(bothMirrors),
  251,
  removeSnapshots('test-second'),
  ...range(252, 258),
  { n: 259, mask: (text) => text.replace(/\nMirror '[^]*$/, '') },
  async (site) => {
    await mkdir(site.path('base/test-second'));
    await writeFile(site.path('base/test-trixie/NOTE.txt'), 'note\n');
  },
  260,
  stopped(261),
  262,
  shell('cd base/test-trixie && cp -al *Z 2020-01-01T00:00:00Z.tmp'),
  263,
  shell('rm -r base/test-trixie/*.tmp'),
  264,
  async (site) => await writeFile(site.path('disk/test-trixie/NOTE2.txt'), '2\n'),
  265,
  266,
];

export const damagedMediumSteps: readonly Step[] = [
  writeKeys,
  async (site) => await site.stage('beta-2.0'),
  shell(
    `${pom} config mirror add ${config} --id test-trixie --repository 'deb http://127.0.0.1:8099 trixie main contrib' ` +
      '--architectures amd64 --architectures all --base-dir /srv/pomtest/base --key-path /srv/pomtest/key-good.gpg ' +
      '--sync true --verify true',
  ),
  shell(
    `${pom} config media add ${config} --id disk1 --mountpoint /srv/pomtest/disk --mirrors test-trixie --sync true --verify true`,
  ),
  shell(`${pom} mirror snapshot create test-trixie ${config}`),
  emptyMedium,
  shell(`${pom} medium sync disk1 ${config}`),
  async (site) => await corrupt(site, `disk/test-trixie/*Z/${theta}`),
  267,
  stopped(268),
  update('--verify false'),
  269,
  shell(`find disk/.pool_* -samefile disk/test-trixie/*Z/${theta} -delete`),
  stopped(270),
  shell(`rm disk/test-trixie/*Z/${theta}`),
  271,
  emptyMedium,
  async (site) => await corrupt(site, `base/test-trixie/*Z/${theta}`),
  update('--verify true'),
  stopped(272),
  update('--verify false'),
  uncounted(273),
  emptyMedium,
  { ...stopped(274), act: syncFullMedium },
  {
    ...uncounted(275),
    act: async (site) => await inMountNamespace(site, await readFile(site.path('second'), 'utf8')),
  },
  emptyMedium,
  shell(`${pom} medium sync disk1 ${config}`),
  { n: 276, act: withMount('disk', 'read-only') },
  { n: 277, act: withMount('disk', 'read-only') },
  { n: 278, act: withMount('disk', 'read-only') },
  shell('rm -r base/test-trixie/*Z base/.pool/sha*/*'),
  shell(`${pom} mirror snapshot create test-trixie ${config}`),
  async (site) => await site.stage('huge'),
  279,
  emptyMedium,
  { ...stopped(280), act: killWhileCopying },
  {
    n: 281,
    mask: (text) =>
      text.replaceAll(/^(?!.*(?:\.tmp_|\.mirror-state)).*\n/gm, '').replaceAll(/sha256(?=\/<)/g, 'sha512'),
  },
  282,
  uncounted(283),
  284,
];

/** The snapshot that was there before the last one. */
async function removeFirstSnapshot(site: Site): Promise<void> {
  const [first] = site.snapshotNames.values();
  await site.pom(`mirror snapshot remove test-trixie ${first} --config ${site.path('pom.cfg')}`);
}

/** Other bytes of the same size, under all names of the file. */
async function corrupt(site: Site, path: string): Promise<void> {
  const result = await site.shell(`printf X | dd of=$(echo ${path}) bs=1 seek=100 conv=notrunc status=none`);
  if (result.exitCode !== 0) throw new Error(result.stderr);
}

/** The medium is full, and larger at the second try; both happen in one mount namespace. */
async function syncFullMedium(site: Site, command: string) {
  const disk = site.path('disk');
  const first = `mount -t tmpfs -o size=60k tmpfs ${disk} && ${command}`;
  const second = `mount -t tmpfs -o size=60k tmpfs ${disk}; ${command} >/dev/null 2>&1; mount -o remount,size=10m ${disk} && ${command}`;
  await writeFile(site.path('second'), second);
  return await inMountNamespace(site, first);
}

/** A copy that was too quick for us is tried again. */
async function killWhileCopying(site: Site, command: string) {
  for (;;) {
    const copying = { medium: 'disk', sizeBytes: 1024 * 1024 };
    const result = await runUntil(site, command, { copying, signal: 'SIGKILL' });
    if (result.exitCode !== 0) return result;
    await emptyMedium(site);
  }
}
