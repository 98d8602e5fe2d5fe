/** Queries the facts of a plan: of the cluster at once, then of a few nodes at a time. */
import { PommgrError } from '../../core/domain/errors.ts';
import { clusterStatusSchema, forecastSchema, type NodeForecast } from '../domain/answers.ts';
import { jsonFact } from '../../core/domain/fact.ts';
import {
  nodeFactsOf,
  planFactsOf,
  type NodeFacts,
  type PlanAnswers,
  type PlanFacts,
} from '../domain/plan-facts.ts';
import { askApi, askProgram, inParallel, type Asking } from './ask.ts';
import { askCommand, hasCeph, unasked } from './ceph-command.ts';
import { askClusterFile, readGuestConfigs } from './cluster-files.ts';
import { askForecast } from './forecast-file.ts';

/** Each node answers two queries, each of which is a program of its own. */
const nodesAtOnce = 4;

type Forecasts = ReadonlyMap<string, NodeForecast>;

/** @throws PommgrError `usage.forecast` for a file that is not a forecast of the last hour, or two of one node. */
export async function readPlanFacts(
  asking: Asking & { forecastFiles: readonly string[] },
): Promise<PlanFacts> {
  const api = (path: string) => askApi(path, asking);
  const forecasts = await readForecasts(asking);
  const [ofCluster, ceph] = await Promise.all([
    inParallel({
      clusterStatus: api('/cluster/status'),
      quorum: askProgram('pvecm', ['status'], asking),
      haResources: api('/cluster/ha/resources'),
      haStatus: api('/cluster/ha/status/manager_status'),
      resources: api('/cluster/resources'),
      storages: askClusterFile('storage.cfg', asking),
    }),
    askCeph(asking),
  ]);
  const status = jsonFact(ofCluster.clusterStatus, clusterStatusSchema);
  const names = status.isKnown ? status.value.nodes.map(({ name }) => name) : [];
  const nodes = new Map<string, NodeFacts>();
  for (let start = 0; start < names.length; start += nodesAtOnce) {
    await Promise.all(
      names.slice(start, start + nodesAtOnce).map(async (name) => {
        nodes.set(name, await readNodeFacts(name, { ...asking, forecasts }));
      }),
    );
  }
  return planFactsOf({ ...ofCluster, ...ceph }, { nodes, now: asking.now() });
}

async function readNodeFacts(
  node: string,
  { forecasts, ...asking }: Asking & { forecasts: Forecasts },
): Promise<NodeFacts> {
  const [answers, guestConfigs] = await Promise.all([
    inParallel({
      status: askApi(`/nodes/${node}/status`, asking),
      versions: askApi(`/nodes/${node}/apt/versions`, asking),
    }),
    readGuestConfigs(node, asking),
  ]);
  return nodeFactsOf(answers, { guestConfigs, forecast: forecasts.get(node) ?? null });
}

/** Sends no query about Ceph where the cluster has none. */
async function askCeph(
  asking: Asking,
): Promise<
  Pick<
    PlanAnswers,
    'cephConfig' | 'cephStatus' | 'monitors' | 'managers' | 'metadataServers' | 'osds' | 'activeManager'
  >
> {
  const cephConfig = await askClusterFile('ceph.conf', asking);
  const isUsed = hasCeph(cephConfig);
  const ceph = async (...words: string[]) =>
    isUsed ? await askCommand(words, asking) : unasked(cephConfig.at);
  const answers = await inParallel({
    cephStatus: ceph('status'),
    monitors: ceph('mon', 'metadata'),
    managers: ceph('mgr', 'metadata'),
    metadataServers: ceph('mds', 'metadata'),
    osds: ceph('osd', 'metadata'),
    activeManager: ceph('mgr', 'stat'),
  });
  return { cephConfig, ...answers };
}

/** Returns the forecasts by the nodes that they are of. */
async function readForecasts(asking: Asking & { forecastFiles: readonly string[] }): Promise<Forecasts> {
  const forecasts = new Map<string, NodeForecast>();
  for (const file of asking.forecastFiles) {
    const fact = jsonFact(await askForecast({ ...asking, forecast: file }), forecastSchema);
    if (!fact.isKnown) throw badForecast(file, fact.why);
    const { hostName } = fact.value.result.subject;
    if (forecasts.has(hostName)) throw badForecast(file, `another file has the forecast of ${hostName}`);
    forecasts.set(hostName, fact.value);
  }
  return forecasts;
}

function badForecast(file: string, why: string): PommgrError {
  return new PommgrError('usage.forecast', `${file} is not used as a forecast: ${why}.`, {
    hints: ['On each node run "pommgr forecast --json > FILE" within the hour before, and name the files.'],
    details: { file },
  });
}
