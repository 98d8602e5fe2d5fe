/** Transcripts 285 to 384: subscription keys, the helper, apt on a medium. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { writeKeys } from './config-steps.ts';
import { encode } from './infos.ts';
import { type Preparation, range, type ReplayStep, shell, type Step, write } from './replay.ts';
import { serverId, type Site } from './site.ts';

const pom = 'proxmox-offline-mirror';
const config = '--config /srv/pomtest/kpom.cfg';
const disk1 = '--config /srv/pomtest/pom.cfg';
const mirrorOptions =
  '--base-dir /srv/pomtest/kbase --key-path /srv/pomtest/key-good.gpg --sync true --verify true --use-subscription pve ' +
  "--skip-packages 'bigpkg*' --repository 'deb http://127.0.0.1:8099 trixie main' --architectures amd64";
const trixieOptions =
  "--repository 'deb http://127.0.0.1:8099 trixie main contrib' --architectures amd64 --architectures all " +
  '--base-dir /srv/pomtest/base --key-path /srv/pomtest/key-good.gpg --sync true --verify true';
const lastSync = 1_700_000_000;

/** A real POM sees a machine without a host key. */
const bare = (n: number): ReplayStep => ({
  n,
  act: async (site, command) => await site.shell(`./bare.sh ${command}`),
});

export const subscriptionSteps: readonly Step[] = [
  writeKeys,
  async (site) => await site.stage('two-big'),
  ...range(285, 310),
  bare(311),
  bare(312),
  ...range(313, 327),
  addMirrorKeyByHand,
  ...range(328, 331),
  removeMirrorKey,
  332,
  333,
  334,
  shell(`${pom} config mirror add ${config} --id ent-pve ${mirrorOptions}`),
  forgetRequests,
  335,
  requestsHadLogin,
  shell(
    `${pom} config media add ${config} --id kdisk --mountpoint /srv/pomtest/kdisk --mirrors ent-pve --sync true --verify true`,
  ),
  async (site) => await mkdir(site.path('kdisk')),
  336,
  unordered(337),
  338,
  339,
  unordered(340),
  ...range(341, 343),
  shell(`${pom} config mirror add ${disk1} --id test-trixie ${trixieOptions}`),
  shell(`${pom} mirror snapshot create test-trixie ${disk1}`),
  shell(`${pom} mirror snapshot create test-trixie ${disk1}`),
  shell(
    `mkdir disk && ${pom} config media add ${disk1} --id disk1 --mountpoint /srv/pomtest/disk --mirrors test-trixie --sync true --verify true`,
  ),
  shell(`${pom} medium sync disk1 ${disk1}`),
  ...range(344, 350),
  bare(351),
  352,
  353,
  { n: 354, stdout: 'lines' },
  ...range(355, 362),
  hand({ mirrors: {} }),
  363,
  hand({ mirrors: {}, subscriptions: [info({ key: 'pve2p-old', nextduedate: '2026-01-01' }), info({})] }),
  364,
  hand({ mirrors: {}, subscriptions: [info({ key: 'ab' })] }),
  365,
  hand({ mirrors: {}, subscriptions: [info({ serverid: serverId.toLowerCase() })] }),
  366,
  write('hdisk/.mirror-state', '{"mirrors":{}}'),
  367,
  hand({ mirrors: { gone: { repository: 'deb http://x y z', architectures: ['amd64'], pool: '.pool_x' } } }),
  368,
  369,
  write('hdisk/.mirror-state', ''),
  370,
  371,
];

/** What apt makes of a medium: how it ends, and which version it would take. */
export const aptSteps: readonly Step[] = [
  writeKeys,
  async (site) => await site.stage('two-big'),
  shell(`${pom} config mirror add ${disk1} --id test-trixie ${trixieOptions} --skip-packages 'bigpkg*'`),
  shell(`${pom} mirror snapshot create test-trixie ${disk1}`),
  shell(
    `mkdir disk && ${pom} config media add ${disk1} --id disk1 --mountpoint /srv/pomtest/disk --mirrors test-trixie --sync true --verify true`,
  ),
  shell(`${pom} medium sync disk1 ${disk1}`),
  aptSources('disk', 'test-trixie', 'main contrib'),
  apt(372),
  { ...apt(373), stdout: 'lines', mask: candidates },
  apt(374),
  apt(376),
  shell(`${pom} key add pve2p-aaaa111111 ${serverId} ${config} --refresh false --info ${encode(info({}))}`),
  shell(`${pom} config mirror add ${config} --id ent-pve ${mirrorOptions}`),
  shell(`${pom} mirror snapshot create ent-pve ${config}`),
  shell(
    `mkdir kdisk && ${pom} config media add ${config} --id kdisk --mountpoint /srv/pomtest/kdisk --mirrors ent-pve --sync true --verify true`,
  ),
  shell(`${pom} medium sync kdisk ${config}`),
  aptSources('kdisk', 'ent-pve', 'main'),
  apt(377),
  apt(378),
  aptSources('kdisk', 'ent-pve', 'main', 'key-other.gpg'),
  apt(379),
  shell(`${pom} config mirror update ${config} --id ent-pve --architectures amd64 --architectures all`),
  async (site) => await site.stage('big-again'),
  shell(`${pom} mirror snapshot create ent-pve ${config}`),
  shell(`${pom} medium sync kdisk ${config}`),
  aptSources('kdisk', 'ent-pve', 'main'),
  apt(380),
  apt(381),
  addUnusableKeys,
  shell(
    `mkdir 'disk sp' && ${pom} config media add ${config} --id spdisk --mountpoint '/srv/pomtest/disk sp' --mirrors ent-pve --sync true --verify true`,
  ),
  382,
  383,
  aptSources('disk sp', 'ent-pve', 'main'),
  apt(384),
];

/** A subscription of this host with what the operator had put into a state by hand. */
function info(fields: Record<string, unknown>): Record<string, unknown> {
  return {
    status: 'active',
    serverid: serverId,
    checktime: lastSync,
    key: 'pve2p-aaaa111111',
    nextduedate: '2027-01-01',
    ...fields,
  };
}

function hand(state: Record<string, unknown>): Preparation {
  return async (site) => {
    await mkdir(site.path('hdisk'), { recursive: true });
    const { mirrors, ...rest } = state;
    await writeFile(
      site.path('hdisk/.mirror-state'),
      JSON.stringify({ mirrors, 'last-sync': lastSync, ...rest }),
    );
  };
}

async function addMirrorKeyByHand(site: Site): Promise<void> {
  const path = site.path('kpom.cfg');
  const section = `\nsubscription: pom-hand\n\tinfo ${encode(info({ key: 'pom-hand' }))}\n\tserver-id ${serverId}\n`;
  await writeFile(path, `${await readFile(path, 'utf8')}${section}`);
}

async function removeMirrorKey(site: Site): Promise<void> {
  await site.pom(`key remove pom-hand --config ${site.path('kpom.cfg')}`);
}

/** The state's subscriptions come in any order. */
function unordered(n: number): ReplayStep {
  return { n, mask: (text) => text.replaceAll(/"signature":"[^"]*"/g, '"signature":""') };
}

function forgetRequests(site: Site): void {
  site.server.requests.length = 0;
}

/** `key:server-id` of an active key, with every request. */
function requestsHadLogin(site: Site): void {
  const logins = ['pve2p-aaaa111111', 'pve4b-signedok'].map((key) => `${key}:${serverId}`);
  const expected = logins.map((login) => `basic ${Buffer.from(login).toString('base64')}`);
  const wrong = site.server.requests.filter(
    ({ headers }) => !expected.includes(String(headers.authorization)),
  );
  if (site.server.requests.length === 0 || wrong.length > 0) throw new Error('a request had no login');
}

/** Keys as transcripts 287 to 332 had left them. */
async function addUnusableKeys(site: Site): Promise<void> {
  const infos: Record<string, string | undefined> = {
    'pve2p-1234567890': undefined,
    'pbsc-abcdef1234': undefined,
    'pbsc-wrong': encode(info({})),
    'pbsc-garbage': 'notbase64!!',
    'pbsc-badjson': encode({ status: 'foo' }),
    'pbsc-signed11': encode(info({ key: 'pbsc-signed11', signature: '00ff' })),
    'pve4b-signedok': encode(info({ key: 'pve4b-signedok' })),
  };
  for (const [key, text] of Object.entries(infos)) {
    const given = text === undefined ? '' : `--info '${text}'`;
    await site.pom(`key add ${key} ${serverId} --config ${site.path('kpom.cfg')} --refresh false ${given}`);
  }
}

/** A private apt root whose only source is the last snapshot on a medium. */
function aptSources(medium: string, mirror: string, components: string, key = 'key-good.gpg'): Preparation {
  return async (site) => {
    const root = site.path('apt');
    await site.shell(
      `rm -rf apt && mkdir -p apt/lists/partial apt/cache/archives/partial apt/parts && touch apt/status`,
    );
    const { stdout } = await site.shell(`ls -d '${site.path(medium, mirror)}'/*Z | tail -1`);
    await writeFile(site.path('key-other.gpg'), await readFile(site.other.binaryKeyring));
    const uri = `file:${stdout.trim().replaceAll(' ', '%20')}`;
    const source = `deb [check-valid-until=no signed-by=${site.path(key)}] ${uri} trixie ${components}\n`;
    await writeFile(site.path('apt/sources.list'), source);
    const lines = [
      `Dir::State::lists "${root}/lists";`,
      `Dir::State::status "${root}/status";`,
      `Dir::Cache "${root}/cache";`,
      `Dir::Etc::sourcelist "${root}/sources.list";`,
      `Dir::Etc::sourceparts "${root}/parts";`,
      `Dir::Etc::preferencesparts "${root}/parts";`,
      'APT::Architecture "amd64";',
      'APT::Architectures { "amd64"; };',
      'APT::Sandbox::User "root";',
    ];
    await writeFile(site.path('apt.conf'), `${lines.join('\n')}\n`);
  };
}

function apt(n: number): ReplayStep {
  return {
    n,
    stdout: 'exit',
    stderr: 'exit',
    act: async (site, command) => await site.shell(`export APT_CONFIG=${site.path('apt.conf')}; ${command}`),
  };
}

/** Names and candidates of `apt-cache policy`. */
function candidates(text: string): string {
  return text
    .split('\n')
    .filter((line) => /^\S+:$|Candidate:/.test(line))
    .join('\n');
}
