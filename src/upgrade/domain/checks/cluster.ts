/** Checks a cluster of Proxmox VE: quorum, the HA manager, running tasks. */
import { z } from 'zod';
import { parseJson } from '../../../core/domain/fact.ts';
import { entriesOf, namedSchema } from '../../../core/domain/named.ts';
import {
  always,
  before,
  fail,
  known,
  listed,
  mapFact,
  pass,
  unknown,
  warn,
  type UpgradeCheck,
} from './check.ts';
import type { UpgradeFacts } from './facts.ts';

const flag = z.union([z.literal(0), z.literal(1)]);
const statusSchema = z.array(
  z.discriminatedUnion('type', [
    z.object({ type: z.literal('cluster'), nodes: z.int().positive(), quorate: flag }),
    z.object({ type: z.literal('node'), name: z.string().min(1), online: flag }),
  ]),
);
/** A task without an end runs. */
const tasksSchema = z.array(
  z.object({ type: z.string(), node: z.string(), id: z.string().optional(), endtime: z.number().optional() }),
);
const resourcesSchema = z.array(z.object({ sid: z.string() }));
const haSchema = z.object({
  manager_status: z.object({
    node_status: namedSchema(z.string(), z.string()),
    service_status: namedSchema(z.string(), z.object({ node: z.string(), state: z.string() })),
  }),
});
/** States of the HA manager in which it is not done with a service, or gave it up. */
const badStates = ['error', 'fence', 'recovery', 'relocate', 'migrate'];

export const clusterChecks: readonly UpgradeCheck[] = [
  {
    id: 'quorum',
    title: 'The cluster is quorate, and all nodes are online',
    phases: always,
    products: ['pve'],
    byHand: 'pvecm status',
    judge: ({ texts }) =>
      known([mapFact(texts.clusterStatus, (text) => parseAnswer(text, statusSchema))], (entries) => {
        if (entries === null) return unknown('pvesh is not installed');
        const cluster = entries.find((entry) => entry.type === 'cluster');
        const nodes = entries.filter((entry) => entry.type === 'node');
        if (cluster === undefined)
          return nodes.length === 1
            ? pass('the node is in no cluster')
            : unknown('it names no cluster and not one node');
        if (cluster.quorate === 0)
          return fail(
            'no quorum: /etc/pve is read-only',
            'Bring nodes back until "pvecm status" says Quorate.',
          );
        const away = nodes.filter(({ online }) => online === 0).map(({ name }) => name);
        if (away.length > 0)
          return fail(
            `offline: ${listed(away)}`,
            'Bring them back first; a node that is gone for good is removed: pvecm delnode',
          );
        if (nodes.length !== cluster.nodes)
          return unknown(`it names ${nodes.length} of ${cluster.nodes} nodes`);
        const seen = `${nodes.length} nodes, all online`;
        if (cluster.nodes > 2) return pass(seen);
        return warn(
          seen,
          'While one of two nodes reboots, the other has no quorum, unless a QDevice votes: plan for that.',
        );
      }),
  },
  {
    id: 'corosync-settings',
    title: 'corosync uses the transport knet, encrypted',
    phases: before,
    products: ['pve'],
    byHand: 'less /etc/pve/corosync.conf',
    judge: ({ texts }) =>
      known([texts.corosync], (text) => {
        if (text === null) return pass('the node is in no cluster');
        const value = (name: string): string | undefined =>
          new RegExp(`^\\s*${name}\\s*:\\s*(\\S+)`, 'm').exec(text)?.[1];
        const transport = value('transport') ?? 'knet';
        const isEncrypted =
          value('secauth') === 'on' || !['none', undefined].includes(value('crypto_cipher'));
        if (transport === 'knet' && isEncrypted) return pass('knet, encrypted');
        return fail(
          `transport ${transport}, ${isEncrypted ? 'encrypted' : 'not encrypted'}`,
          'Set "secauth: on" and remove "transport" in the section totem of /etc/pve/corosync.conf, while the cluster has its quorum.',
        );
      }),
  },
  {
    id: 'running-tasks',
    title: 'No task is running',
    phases: before,
    products: ['pve'],
    byHand: 'pvesh get /cluster/tasks',
    judge: ({ texts }) =>
      known([mapFact(texts.tasks, (text) => parseAnswer(text, tasksSchema))], (tasks) => {
        if (tasks === null) return unknown('pvesh is not installed');
        const running = tasks.filter(({ endtime }) => endtime === undefined);
        // This very command may run in the shell of the web interface.
        const others = running.filter(({ type }) => !['vncshell', 'termproxy', 'spiceshell'].includes(type));
        return others.length === 0
          ? pass('no task is running')
          : fail(
              listed(
                others.map(
                  ({ type, node, id }) =>
                    `${type}${id === undefined || id === '' ? '' : ` of ${id}`} on ${node}`,
                ),
              ),
              'Wait until they have ended, and keep backup jobs from starting in the window.',
            );
      }),
  },
  {
    id: 'ha-services',
    title: 'The HA manager is idle and has no failed service',
    phases: always,
    products: ['pve'],
    byHand: 'ha-manager status',
    judge: (facts) =>
      known([mapFact(facts.texts.haResources, (text) => parseAnswer(text, resourcesSchema))], (resources) => {
        if (resources === null) return unknown('pvesh is not installed');
        return resources.length === 0 ? pass('HA is not used') : judgeHa(facts);
      }),
  },
];

function judgeHa({ texts, host }: UpgradeFacts) {
  return known([mapFact(texts.haStatus, (text) => parseAnswer(text, haSchema))], (answer) => {
    if (answer === null) return unknown('pvesh is not installed');
    const { node_status: nodes, service_status: services } = answer.manager_status;
    const bad = entriesOf(services).filter(([, { state }]) => badStates.includes(state));
    if (bad.length > 0) {
      return fail(
        listed(bad.map(([sid, { state, node }]) => `${sid} on ${node} is in state ${state}`)),
        'Wait, or bring the service into order: ha-manager status; ha-manager set SID --state disabled',
      );
    }
    const away = entriesOf(nodes).filter(([, state]) => !['online', 'maintenance'].includes(state));
    if (away.length > 0)
      return fail(
        listed(away.map(([name, state]) => `${name} is ${state}`)),
        'Bring the node back: ha-manager status',
      );
    const here = entriesOf(services).filter(([, { node }]) => node === host.hostName);
    if (host.phase === 'before' && here.length > 0) {
      return warn(
        `on this node: ${listed(here.map(([sid]) => sid))}`,
        `Let the HA manager take them away before the stage: ha-manager crm-command node-maintenance enable ${host.hostName}`,
      );
    }
    return pass('no service is being moved, and none is on this node');
  });
}

function parseAnswer<T>(text: string | null, schema: z.ZodType<T>): T | null {
  return text === null ? null : parseJson(text, schema);
}
