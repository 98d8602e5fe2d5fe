/**
 * Queries all facts for the gates from the tools of a cluster, at once, on any of its nodes. Files of /etc/pve count
 * only while pmxcfs is mounted there: an empty directory says nothing.
 */
import { osdTreeSchema } from '../domain/answers.ts';
import { osdsOf } from '../domain/ceph-gates.ts';
import type { GateFacts } from '../domain/check.ts';
import { jsonFact, type Answer, type Fact } from '../../core/domain/fact.ts';
import { factsOf, rolloutFact, type GateAnswers } from '../domain/facts.ts';
import { rolloutFileName, type Rollout } from '../domain/rollout.ts';
import { askApi, askProgram, inParallel, type Asking } from './ask.ts';
import { askCommand, hasCeph, unasked } from './ceph-command.ts';
import { askClusterFile, readGuestConfigs } from './cluster-files.ts';
import { askForecast } from './forecast-file.ts';

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
      versions: api(`/nodes/${node}/apt/versions`),
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

/** Sends no query about Ceph where the cluster has none. */
async function askCeph(
  node: string,
  asking: Asking,
): Promise<Pick<GateAnswers, 'cephConfig' | 'cephStatus' | 'osdTree' | 'okToStop'>> {
  const cephConfig = await askClusterFile('ceph.conf', asking);
  const none = unasked(cephConfig.at);
  if (!hasCeph(cephConfig)) return { cephConfig, cephStatus: none, osdTree: none, okToStop: none };
  const ceph = (...args: string[]) => askCommand(args, asking);
  const [cephStatus, osdTree] = await Promise.all([ceph('status'), ceph('osd', 'tree')]);
  const tree = jsonFact(osdTree, osdTreeSchema);
  const ids = tree.isKnown ? osdsOf(tree.value, node).map(({ id }) => String(id)) : [];
  const okToStop = ids.length === 0 ? none : await ceph('osd', 'ok-to-stop', ...ids);
  return { cephConfig, cephStatus, osdTree, okToStop };
}
