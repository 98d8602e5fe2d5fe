/**
 * Queries all facts for the gates from the tools of a cluster, at once, on any of its nodes. Files of /etc/pve count
 * only while pmxcfs is mounted there: an empty directory says nothing.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listDirectory } from '../../core/adapters/atomic-files.ts';
import { osdTreeSchema } from '../domain/answers.ts';
import { osdsOf } from '../domain/ceph-gates.ts';
import type { GateFacts } from '../domain/check.ts';
import { jsonFact, unknownFact, type Answer, type Fact } from '../../core/domain/fact.ts';
import { factsOf, rolloutFact, type GateAnswers } from '../domain/facts.ts';
import { rolloutFileName, type Rollout } from '../domain/rollout.ts';
import { askApi, askFile, askProgram, type Asking } from './ask.ts';

/** Where pmxcfs(8) is mounted. */
export const usualClusterFiles = '/etc/pve';
/** A forecast describes what is installed, which only an upgrade changes. */
const longestForecastAgeMs = 3_600_000;
/** `ceph osd ok-to-stop` fails with EBUSY where the answer is no, and prints the same JSON. */
const notOkToStop = 16;

export async function readGateFacts(
  node: string,
  asking: Asking & { forecast?: string | undefined },
): Promise<GateFacts> {
  const api = (path: string) => askApi(path, asking);
  // Each query is a program of its own, so the number at a time is limited.
  const ofCluster = await inParallel({
    clusterStatus: api('/cluster/status'),
    quorum: askProgram('pvecm', ['status'], asking),
    haResources: api('/cluster/ha/resources'),
    haStatus: api('/cluster/ha/status/manager_status'),
    resources: api('/cluster/resources'),
    tasks: api('/cluster/tasks'),
    backupJobs: api('/cluster/backup'),
    options: api('/cluster/options'),
  });
  const [ofNode, guestConfigs] = await Promise.all([
    inParallel({
      nodeStatus: api(`/nodes/${node}/status`),
      services: api(`/nodes/${node}/services`),
      replication: api(`/nodes/${node}/replication`),
      time: api(`/nodes/${node}/time`),
      storages: askClusterFile('storage.cfg', asking),
      rollout: askRollout(asking),
      forecast: askForecast(asking),
    }),
    readGuestConfigs(node, asking),
  ]);
  const ceph = await askCeph(node, asking);
  return factsOf({ ...ofCluster, ...ofNode, ...ceph }, { guestConfigs, now: asking.now() });
}

export async function readRollout(asking: Asking): Promise<Fact<Rollout | null>> {
  return rolloutFact(await askRollout(asking));
}

function askRollout(asking: Asking): Promise<Answer> {
  return askClusterFile(rolloutFileName, asking);
}

async function inParallel<Names extends string>(
  asked: Record<Names, Promise<Answer>>,
): Promise<Record<Names, Answer>> {
  const entries = Object.entries<Promise<Answer>>(asked);
  const answers = await Promise.all(entries.map(async ([name, answer]) => [name, await answer] as const));
  return Object.fromEntries(answers) as Record<Names, Answer>;
}

/** Sends no query about Ceph where the cluster has none. */
async function askCeph(
  node: string,
  asking: Asking,
): Promise<Pick<GateAnswers, 'cephConfig' | 'cephStatus' | 'osdTree' | 'okToStop'>> {
  const cephConfig = await askClusterFile('ceph.conf', asking);
  const none = { source: 'ceph', at: cephConfig.at, failure: 'it was not asked' };
  const unasked = { cephConfig, cephStatus: none, osdTree: none, okToStop: none };
  if ('failure' in cephConfig || cephConfig.text.trim() === '') return unasked;
  const ceph = (...args: string[]) =>
    askProgram('ceph', ['--connect-timeout', '10', ...args, '--format', 'json'], {
      ...asking,
      accept: [0, notOkToStop],
    });
  const [cephStatus, osdTree] = await Promise.all([ceph('status'), ceph('osd', 'tree')]);
  const tree = jsonFact(osdTree, osdTreeSchema);
  const ids = tree.isKnown ? osdsOf(tree.value, node).map(({ id }) => String(id)) : [];
  const okToStop = ids.length === 0 ? none : await ceph('osd', 'ok-to-stop', ...ids);
  return { cephConfig, cephStatus, osdTree, okToStop };
}

/** Guests' configuration files are named by their numbers: qm.conf(5), pct.conf(5). */
async function readGuestConfigs(node: string, asking: Asking): Promise<GateFacts['guestConfigs']> {
  const source = join(asking.clusterFiles, 'nodes', node);
  const mounted = await askMounted(asking);
  if ('failure' in mounted) return unknownFact(mounted.source, mounted.failure);
  const configs = new Map<number, string>();
  for (const kind of ['qemu-server', 'lxc']) {
    for (const name of await listDirectory(join(source, kind))) {
      const vmid = Number(/^([1-9][0-9]*)\.conf$/.exec(name)?.[1]);
      if (Number.isNaN(vmid)) continue;
      const answer = await askFile(join(source, kind, name), asking);
      if ('failure' in answer) return unknownFact(answer.source, answer.failure);
      configs.set(vmid, answer.text);
    }
  }
  return { isKnown: true, source, at: mounted.at, value: configs };
}

async function askClusterFile(name: string, asking: Asking): Promise<Answer> {
  const mounted = await askMounted(asking);
  return 'failure' in mounted ? mounted : askFile(join(asking.clusterFiles, name), asking, '');
}

/** pmxcfs provides `.members` itself, exactly while it is mounted. */
function askMounted(asking: Asking): Promise<Answer> {
  return askFile(join(asking.clusterFiles, '.members'), asking);
}

async function askForecast({
  forecast: path,
  ...asking
}: Asking & { forecast?: string | undefined }): Promise<Answer> {
  const at = asking.now().toISOString();
  if (path === undefined) return { source: 'the forecast', at, failure: 'none was named with --forecast' };
  const answer = await askFile(path, asking);
  if ('failure' in answer) return answer;
  const ageMs = asking.now().getTime() - (await stat(path)).mtimeMs;
  if (ageMs <= longestForecastAgeMs) return answer;
  const minutes = Math.round(ageMs / 60_000);
  return { source: path, at, failure: `it is ${minutes} minutes old, expected at most 60` };
}
