/** Transcripts 1 to 152: help, config, the first snapshots. */
import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { range, shell, type Step, write } from './replay.ts';
import type { Site } from './site.ts';

const pom = 'proxmox-offline-mirror';
const config = '--config /srv/pomtest/pom.cfg';
const trixie = "--repository 'deb http://127.0.0.1:8099 trixie main' --architectures amd64";
const mirror = `${trixie} --base-dir /srv/pomtest/base --key-path /srv/pomtest/key-good.gpg --sync true --verify true`;
const completeMirror =
  '\tarchitectures amd64\n\tbase-dir /x\n\tkey-path /y\n\trepository deb http://h s c\n\tsync true\n';

export const helpSteps: readonly Step[] = range(1, 39);

export const configSteps: readonly Step[] = [
  writeKeys,
  async (site) => await site.stage('first'),
  ...range(40, 45),
  shell(`${pom} config mirror add ${config} --id test-filtered ${mirror}`),
  46,
  async (site) => await rmdir(site.path('base/test-filtered')),
  ...range(47, 74),
  async (site) => await mkdir(site.path('base/test-exists')),
  ...range(75, 98),
  ...range(99, 101),
  write('bad.cfg', `mirror: cmt\n\tfoo bar\n${completeMirror}\tverify false\n`),
  102,
  write('bad.cfg', `# a comment\nmirror: cmt\n${completeMirror}\tverify false\n`),
  103,
  write('bad.cfg', `mirror: cmt\n${completeMirror.replaceAll('\t', '    ')}    verify false\n`),
  104,
  write('bad.cfg', `mirror: cmt\n${completeMirror}\n`),
  105,
  write('bad.cfg', `weird: cmt\n${completeMirror}`),
  106,
  ...range(107, 111),
  { n: 112, act: requestLog, stdout: 'lines' },
  113,
  114,
  async (site) => await site.stage('alpha-1.1'),
  ...range(115, 129),
  // Which mirror comes first in its base-dir, and so loses its directory, is chance.
  { n: 130, mask: (text) => text.replaceAll(/^test-[a-z]+:/gm, 'test-*:') },
  131,
  async (site) => {
    await mkdir(site.path('base/test-multi'), { recursive: true });
    for (const name of ['badrepo', 'emptyrepo', 'filtered', 'nokey']) {
      await mkdir(site.path(`base/test-${name}`), { recursive: true });
    }
    await rmdir(site.path('base/test-multi'));
    await rm(site.path('basec/test-comma'), { recursive: true, force: true });
  },
  ...range(132, 136),
  keepOnlyMirror('test-badrepo'),
  137,
  async (site) => await writeFile(site.path('pom.cfg'), await readFile(site.path('pom.cfg.kept'))),
  ...range(138, 142),
  async (site) => {
    await mkdir(site.path('base/test-multi'));
    await mkdir(site.path('basec/test-comma'));
  },
  { n: 143, stdout: 'any order', stderr: 'any order' },
  ...range(144, 152),
];

export async function writeKeys(site: Site): Promise<void> {
  await writeFile(site.path('key-good.gpg'), await readFile(site.good.binaryKeyring));
  await writeFile(site.path('key-good.asc'), await readFile(site.good.armoredKeyring));
}

/** The server's log of the last snapshot, in the form of the recorded one, and a connection for each request. */
async function requestLog(site: Site) {
  const { requests, connections } = site.server;
  if (connections() !== requests.length)
    throw new Error(`${connections()} connections, ${requests.length} requests`);
  const first = requests.findLastIndex(({ path }) => path.endsWith('/Release.gpg'));
  const lines = requests.slice(first).map(({ method, path, headers }) => {
    const { 'user-agent': agent, accept, host, ...others } = headers;
    if (accept !== '*/*' || host !== new URL(site.server.url).host || Object.keys(others).length > 0) {
      throw new Error(`headers are not POM's: ${JSON.stringify(headers)}`);
    }
    return `1.0 conn 1 ${method} ${path} 200 1 {'user-agent': '${agent}'\n`;
  });
  return { stdout: lines.join(''), stderr: '', exitCode: 0 };
}

function keepOnlyMirror(id: string): Step {
  return async (site) => {
    const text = await readFile(site.path('pom.cfg'), 'utf8');
    await writeFile(site.path('pom.cfg.kept'), text);
    const sections = text.split('\n\n').filter((section) => section.startsWith(`mirror: ${id}\n`));
    await writeFile(site.path('pom.cfg'), `${sections.join('\n\n')}\n`);
  };
}
