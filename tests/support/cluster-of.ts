/**
 * A cluster of any size: a directory in the place of /etc/pve, and programs that answer as pvesh, pvecm and ceph do.
 * pve1 answers, every node is up, and pve2 has the guests.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { guestConfig, jsonAnswers, quorumText, storageConfig, type Json } from './cluster-answers.ts';
import { planJson } from './plan-facts.ts';

type Members = { [name: string]: Json };

/** Writes `<directory>/bin` and `<directory>/pve`; returns the latter. */
export async function clusterOf(
  count: number,
  { directory, now, answerSeconds = 0 }: { directory: string; now: Date; answerSeconds?: number },
): Promise<string> {
  const names = Array.from({ length: count }, (_, index) => `pve${index + 1}`);
  const epoch = now.getTime() / 1000;
  const clusterFiles = join(directory, 'pve');
  const answers = join(directory, 'answers');
  await mkdir(answers);
  for (const name of names)
    await mkdir(join(clusterFiles, 'nodes', name, 'qemu-server'), { recursive: true });
  await writeFile(join(clusterFiles, '.members'), '{}');
  await writeFile(join(clusterFiles, 'storage.cfg'), storageConfig);
  await writeFile(join(clusterFiles, 'ceph.conf'), '[global]\n');
  await writeFile(join(clusterFiles, 'nodes/pve2/qemu-server/100.conf'), guestConfig);

  const json = jsonAnswers('drain');
  const daemons = names.map((name) => ({ name, hostname: name, ceph_version_short: '19.2.3' }));
  const files: { [name: string]: Json } = {
    ...json,
    ...{ monitors: daemons, managers: daemons, metadataServers: daemons },
    osds: names.map((hostname, id) => ({ id, hostname, ceph_version_short: '19.2.3' })),
    activeManager: planJson()['activeManager'] ?? null,
    clusterStatus: [
      { type: 'cluster', name: 'site', nodes: count, quorate: 1 },
      ...names.map((name, index) => ({
        ...{ type: 'node', name, nodeid: index + 1, online: 1, local: index === 0 ? 1 : 0 },
      })),
    ],
    haStatus: haStatus(json['haStatus'] as Members, { names, epoch }),
    resources: [
      ...names.map((node) => ({ type: 'node', node, maxmem: 64 * 1024 ** 3, mem: 16 * 1024 ** 3 })),
      ...(json['resources'] as Members[]).filter(({ type }) => type !== 'node'),
    ],
    cephStatus: {
      ...(planJson()['cephStatus'] as Members),
      ...{ quorum_names: names, monmap: { num_mons: count } },
    },
    osdTree: osdTree(names),
  };
  for (const [name, value] of Object.entries(files))
    await writeFile(join(answers, name), JSON.stringify(value));
  await writeFile(join(answers, 'quorum'), quorumOf(count));
  await writePrograms(join(directory, 'bin'), { answers, answerSeconds });
  return clusterFiles;
}

function haStatus(status: Members, { names, epoch }: { names: string[]; epoch: number }): Json {
  const lrm = names.map((name) => [name, { mode: 'active', state: 'active', timestamp: epoch - 4 }]);
  const manager = status['manager_status'] as Members;
  return {
    ...status,
    lrm_status: Object.fromEntries(lrm) as Members,
    manager_status: { ...manager, node_status: Object.fromEntries(names.map((name) => [name, 'online'])) },
  };
}

function osdTree(names: readonly string[]): Json {
  const hosts = names.map((name, id) => ({ id: -2 - id, name, type: 'host', children: [id] }));
  const osds = names.map((_, id) => ({ id, name: `osd.${id}`, type: 'osd', status: 'up', reweight: 1 }));
  return { nodes: [...hosts, ...osds], stray: [] };
}

function quorumOf(count: number): string {
  const [head = ''] = quorumText().split('Votequorum information');
  const needed = Math.floor(count / 2) + 1;
  const members = Array.from(
    { length: count },
    (_, index) => `0x${(index + 1).toString(16).padStart(8, '0')}          1 192.0.2.${index + 1}`,
  );
  return [
    head.replace(/^Nodes:.*$/m, `Nodes:            ${count}`),
    ...[`Expected votes:   ${count}`, `Total votes:      ${count}`, `Quorum:           ${needed}`],
    ...['Flags:            Quorate', '', ...members, ''],
  ].join('\n');
}

async function writePrograms(
  bin: string,
  { answers, answerSeconds }: { answers: string; answerSeconds: number },
): Promise<void> {
  const program = async (name: string, cases: readonly (readonly [string, string])[]): Promise<void> => {
    const lines = cases.map(([words, file]) => `${words}) exec cat ${answers}/${file} ;;`);
    const wait = answerSeconds === 0 ? [] : [`sleep ${answerSeconds}`];
    const text = ['#!/bin/sh', ...wait, 'case "$*" in', ...lines, '*) exit 2 ;; esac', ''].join('\n');
    await writeFile(join(bin, name), text, { mode: 0o755 });
  };
  const get = (path: string): string => `'get ${path} '*`;
  const node = (path: string): string => `'get /nodes/'*'/${path} '*`;
  await program('pvesh', [
    ...[
      [get('/cluster/status'), 'clusterStatus'] as const,
      [get('/cluster/ha/resources'), 'haResources'] as const,
    ],
    ...[
      [get('/cluster/ha/status/manager_status'), 'haStatus'] as const,
      [get('/cluster/tasks'), 'tasks'] as const,
    ],
    ...[[get('/cluster/resources'), 'resources'] as const, [get('/cluster/backup'), 'backupJobs'] as const],
    ...[[get('/cluster/options'), 'options'] as const, [node('apt/versions'), 'versions'] as const],
    ...[[node('services'), 'services'] as const, [node('replication'), 'replication'] as const],
    ...[[node('time'), 'time'] as const, [node('status'), 'nodeStatus'] as const],
  ]);
  await program('pvecm', [['status', 'quorum']]);
  await program('ceph', [
    ...[["*' osd tree '*", 'osdTree'] as const, ["*' osd ok-to-stop 1 '*", 'okToStop'] as const],
    ...[["*' mon metadata '*", 'monitors'] as const, ["*' mgr metadata '*", 'managers'] as const],
    ...[["*' mds metadata '*", 'metadataServers'] as const, ["*' osd metadata '*", 'osds'] as const],
    ...[["*' mgr stat '*", 'activeManager'] as const, ["*' status '*", 'cephStatus'] as const],
  ]);
}
