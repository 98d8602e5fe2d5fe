/** Checks the services of the products, the datastores of a backup server, and a mail gateway with its database. */
import { z } from 'zod';
import { parseJson } from '../../../core/domain/fact.ts';
import { parseSections } from '../section-config.ts';
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
  type Finding,
  type UpgradeCheck,
} from './check.ts';
import type { UpgradeFacts } from './facts.ts';
import { databases } from './release.ts';
import { productUnits } from './texts.ts';

const clusterUnits = ['pmgmirror', 'pmgtunnel'];
const tasksSchema = z.array(
  z.object({ worker_type: z.string(), worker_id: z.string().nullish(), endtime: z.number().nullish() }),
);

export const productChecks: readonly UpgradeCheck[] = [
  {
    id: 'services',
    title: 'The services of the products run',
    phases: always,
    products: ['pve', 'pbs'],
    byHand: 'systemctl --failed',
    judge: judgeServices,
  },
  {
    id: 'pbs-datastores',
    title: 'All datastores are mounted',
    phases: always,
    products: ['pbs'],
    byHand: 'proxmox-backup-manager datastore list; findmnt',
    judge: ({ datastores }) =>
      known([datastores], (all) => {
        const gone = all.filter(({ isThere, isRemovable }) => !isThere && !isRemovable);
        if (gone.length > 0)
          return fail(
            listed(gone.map(({ name, path }) => `${name} at ${path}`)),
            'Mount the file system, or remove the datastore.',
          );
        return pass(all.length === 0 ? 'there is none' : listed(all.map(({ name }) => name)));
      }),
  },
  {
    id: 'pbs-tasks',
    title: 'No backup, sync, verification or garbage collection is running',
    phases: before,
    products: ['pbs'],
    byHand: 'proxmox-backup-manager task list',
    judge: ({ texts }) =>
      known(
        [mapFact(texts.pbsTasks, (text) => (text === null ? null : parseJson(text, tasksSchema)))],
        (tasks) => {
          if (tasks === null) return unknown('proxmox-backup-manager is not installed');
          const running = tasks.filter(
            ({ endtime, worker_type: type }) => (endtime ?? null) === null && type !== 'termproxy',
          );
          return running.length === 0
            ? pass('no task is running')
            : fail(
                listed(running.map(({ worker_type: type, worker_id: id }) => `${type} ${id ?? ''}`.trim())),
                'Wait until they have ended; set the datastores read-only for the window: proxmox-backup-manager datastore update NAME --maintenance-mode read-only',
              );
        },
      ),
  },
  {
    id: 'pmg-database',
    title: 'PostgreSQL has the version that the product needs',
    phases: always,
    products: ['pmg'],
    byHand: 'pg_lsclusters',
    judge: ({ texts, host }) => known([texts.databases], (text) => judgeDatabases(text, host.phase)),
  },
  {
    id: 'pmg-services',
    title: 'No mail is accepted while the database is upgraded',
    phases: before,
    products: ['pmg'],
    byHand: 'systemctl list-units "pmg*" postfix',
    judge: ({ units, texts }) =>
      known([units, texts.pmgCluster], (states, cluster) => {
        const all = productUnits.pmg.filter((unit) => cluster !== null || !clusterUnits.includes(unit));
        const active = all.filter((unit) => states.get(unit) === 'active');
        return active.length === 0
          ? pass('all services are stopped')
          : warn(
              listed(active),
              `Right before the stage: systemctl stop ${all.join(' ')} && systemctl mask ${all.join(' ')}`,
            );
      }),
  },
  {
    id: 'pmg-cluster',
    title: 'The cluster of mail gateways is in sync, and its master goes first',
    phases: always,
    products: ['pmg'],
    byHand: 'pmgcm status',
    judge: judgePmgCluster,
  },
];

function judgeServices({ units, host, texts }: UpgradeFacts): Finding {
  const products = (['pve', 'pbs'] as const).filter((product) => host.products.includes(product));
  // Only Proxmox VE has a cluster, and only its hosts are asked about one.
  const corosync = products.includes('pve') ? [texts.corosync] : [];
  return known([units, ...corosync], (states, config) => {
    const inCluster = typeof config === 'string';
    const all = [...products.flatMap((product) => productUnits[product]), ...(inCluster ? ['corosync'] : [])];
    const bad = all.filter((unit) => states.get(unit) !== 'active');
    return bad.length === 0
      ? pass(listed(all))
      : fail(
          listed(bad.map((unit) => `${unit} is ${states.get(unit) ?? 'not known'}`)),
          'Find out why, and start it: systemctl status UNIT',
        );
  });
}

function judgeDatabases(text: string | null, phase: UpgradeFacts['host']['phase']): Finding {
  if (text === null) return unknown('pg_lsclusters is not installed');
  const found = text.split('\n').flatMap((line) => {
    const [, version, name, state = ''] = /^(\d+)\s+(\S+)\s+\d+\s+(\S+)/.exec(line.trim()) ?? [];
    return version === undefined ? [] : [{ version, name, state }];
  });
  const seen = listed(found.map(({ version, name, state }) => `${version} ${name} ${state}`));
  const wanted = databases[phase];
  if (found.length === 0)
    return fail('there is no database', 'Find out where the database of the mail gateway is.');
  if (!found.some(({ version, state }) => version === wanted && state.startsWith('online'))) {
    return fail(
      seen,
      phase === 'before'
        ? `Start PostgreSQL ${wanted}; an earlier upgrade may have been left unfinished.`
        : `Upgrade the database: pg_dropcluster --stop ${wanted} main, then pg_upgradecluster -v ${wanted} ${databases.before} main`,
    );
  }
  const others = found.filter(({ version }) => version !== wanted);
  return others.length === 0
    ? pass(seen)
    : warn(
        seen,
        'Remove the database of the other release once you are sure that it is not in use: pg_dropcluster',
      );
}

function judgePmgCluster({ texts, host }: UpgradeFacts): Finding {
  return known([texts.pmgCluster], (config) => {
    const nodes = parseSections(config ?? '').filter(({ type }) => type === 'master' || type === 'node');
    if (nodes.length === 0) return pass('the host is in no cluster');
    return known([texts.pmgStatus], (status) => {
      const rows = [...(status ?? '').matchAll(/^\S+\(\d+\)\s+\S+\s+(?:master|node)\s+(\S+)/gm)];
      if (rows.length !== nodes.length)
        return unknown(`pmgcm status names ${rows.length} of ${nodes.length} nodes`);
      const wrong = rows.filter(([, state]) => state !== 'A').map(([row]) => row.replaceAll(/\s+/g, ' '));
      if (wrong.length > 0) return fail(listed(wrong), 'Wait until all nodes are in sync: pmgcm status');
      const isMaster = nodes.some(
        ({ type, options }) => type === 'master' && options.get('name') === host.hostName,
      );
      if (isMaster || host.phase === 'after') return pass(`${nodes.length} nodes in sync`);
      return warn('this host is not the master', 'Upgrade the master first, and this host after it.');
    });
  });
}
