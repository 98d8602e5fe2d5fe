/** Defines the input of the templates for the steps of a major upgrade. Every command is in one place, for all languages. */
import type { StageKind } from '../../apt/domain/upgrade-way.ts';
import type { Product } from '../../apt/domain/target.ts';
import { quoteForShell } from '../../subscription/domain/steps-document.ts';
import { databases } from './checks/release.ts';
import { productUnits } from './checks/texts.ts';

/** A stage of a way, and the Ceph release of its mirrors. */
export interface StepsStage {
  number: number;
  kind: StageKind;
  target: string;
  codename: string;
  products: readonly Product[];
  /** `squid`; null where the target has no mirror of Ceph. */
  ceph: string | null;
}

export interface StepsOptions {
  way: string;
  stages: readonly StepsStage[];
  /** Hosts in the order in which they are upgraded; more than one are a cluster, of which the first is PMG's master. */
  nodes: readonly string[];
  /** Date like `2027-01-31`. */
  created: string;
  /** Where the commands find the medium. */
  media: string;
}

export interface StepsView {
  way: string;
  created: string;
  media: string;
  nodes: string[];
  isCluster: boolean;
  products: string[];
  has: Record<Product | 'ceph', boolean>;
  /** Codenames of the first and of the last stage. */
  from: string;
  to: string;
  stages: StageView[];
  before: { backup: string[]; bring: string[]; look: string[] };
  after: { check: string[]; tidy: string[] };
}

export interface StageView {
  number: number;
  of: number;
  kind: StageKind;
  target: string;
  codename: string;
  ceph: string | null;
  /** Once, before the first host. */
  begin: string[];
  hosts: {
    name: string;
    away: string[];
    stop: string[];
    next: string[];
    database: string[];
    back: string[];
  }[];
  /** Between two hosts of a cluster: what must be well before the next one. */
  between: string[];
  /** Restarts of Ceph's daemons, kind by kind, after the packages of all hosts. */
  daemons: { mon: string[]; mgr: string[]; osd: string[]; mds: string[]; end: string[] } | null;
  /** Once, after the last host. */
  end: string[];
}

const titles: Record<Product, string> = {
  debian: 'Debian',
  pbs: 'Proxmox Backup Server',
  pdm: 'Proxmox Datacenter Manager',
  pmg: 'Proxmox Mail Gateway',
  pve: 'Proxmox VE',
};
/** The program that the medium leaves on each host. */
const tool = 'pommgr-media';
const mailServices = productUnits.pmg.filter((unit) => !['pmgmirror', 'pmgtunnel'].includes(unit)).join(' ');
const mirrorServices = 'pmgmirror pmgtunnel';

export function stepsView({ way, stages, nodes, created, media: path }: StepsOptions): StepsView {
  const media = quoteForShell(path.replace(/(?<=.)\/+$/, ''));
  const products = stages[0]?.products ?? [];
  const has = {
    ...{ debian: products.includes('debian'), pbs: products.includes('pbs'), pdm: products.includes('pdm') },
    ...{ pmg: products.includes('pmg'), pve: products.includes('pve') },
    ceph: stages.some(({ ceph }) => ceph !== null),
  };
  const facts = { has, nodes, isCluster: nodes.length > 1 };
  return {
    ...{ way, created, media, has, isCluster: facts.isCluster },
    nodes: [...nodes],
    products: products.map((product) => titles[product]),
    from: stages[0]?.codename ?? '',
    to: stages.at(-1)?.codename ?? '',
    stages: stages.map((stage) => stageView(stage, { ...facts, of: stages.length })),
    before: {
      backup: [
        'tar --create --gzip --file /root/etc-before-upgrade.tar.gz /etc',
        ...(has.pve ? ['vzdump --all --mode snapshot'] : []),
        ...(has.pmg ? ['pmgbackup backup --statistic'] : []),
        `${tool} host lock --output /root/before-upgrade.lock.json`,
      ],
      bring: [
        `mount -o ro /dev/sdX1 ${media}`,
        `sh ${media}/pommgr verify --media ${media}`,
        `sh ${media}/pommgr apply --media ${media} --store-only`,
      ],
      look: [`${tool} upgrade-release plan`, `${tool} upgrade-release check`],
    },
    after: {
      check: [
        `${tool} upgrade-release status`,
        `${tool} upgrade-release check`,
        `${tool} host drift`,
        'apt-get check',
        'systemctl --failed',
      ],
      tidy: ['apt-get autoremove --purge', `${tool} host lock --output /root/after-upgrade.lock.json`],
    },
  };
}

interface WayFacts {
  has: StepsView['has'];
  nodes: readonly string[];
  isCluster: boolean;
  of: number;
}

function stageView({ number, kind, target, codename, ceph }: StepsStage, facts: WayFacts): StageView {
  const { has, nodes, isCluster, of } = facts;
  const isMailCluster = isCluster && has.pmg && kind === 'release';
  return {
    ...{ number, of, kind, target, codename, ceph },
    begin: [
      ...(has.ceph ? ['ceph osd set noout'] : []),
      ...(isMailCluster ? [`systemctl mask --now ${mirrorServices}`] : []),
    ],
    hosts: nodes.map((name) => ({ name, ...hostView(name, { kind, target, ...facts }) })),
    between: isCluster ? betweenNodes(has) : [],
    daemons: kind === 'ceph' ? cephRestarts(ceph) : null,
    end: [
      ...(has.ceph ? ['ceph osd unset noout', 'ceph status'] : []),
      ...(isMailCluster
        ? [`systemctl unmask ${mirrorServices}`, `systemctl start ${mirrorServices}`, 'pmgcm status']
        : []),
    ],
  };
}

function hostView(
  name: string,
  { kind, target, has, isCluster }: WayFacts & Pick<StepsStage, 'kind' | 'target'>,
): Omit<StageView['hosts'][number], 'name'> {
  const node = quoteForShell(name);
  const isNode = isCluster && has.pve;
  const reboots = kind !== 'ceph';
  const isRelease = kind === 'release';
  const next = `${tool} upgrade-release next ${quoteForShell(target)}`;
  return {
    away:
      isNode && reboots
        ? [
            `${tool} cluster gate --node ${node} --before drain --record`,
            `ha-manager crm-command node-maintenance enable ${node}`,
          ]
        : [],
    stop: [
      ...(isRelease && has.pmg ? [`systemctl mask --now ${mailServices}`] : []),
      ...(isRelease && has.pbs
        ? ['proxmox-backup-manager datastore update STORE --maintenance-mode read-only']
        : []),
    ],
    next: [...(isRelease ? [`${tool} upgrade-release check`] : []), next, 'apt-get dist-upgrade', next],
    database:
      isRelease && has.pmg
        ? [
            `pg_dropcluster --stop ${databases.after} main`,
            `pg_upgradecluster -v ${databases.after} ${databases.before} main`,
            `pg_dropcluster ${databases.before} main`,
            `systemctl unmask ${mailServices}`,
          ]
        : [],
    back: reboots
      ? [
          'systemctl reboot',
          ...(isRelease && has.pbs
            ? ['proxmox-backup-manager datastore update STORE --delete maintenance-mode']
            : []),
          ...(isNode
            ? [
                `ha-manager crm-command node-maintenance disable ${node}`,
                `${tool} cluster gate --node ${node} --before next --record`,
              ]
            : []),
        ]
      : [],
  };
}

function betweenNodes(has: StepsView['has']): string[] {
  return [
    ...(has.pve ? ['pvecm status', 'ha-manager status'] : []),
    ...(has.ceph ? ['ceph status'] : []),
    ...(has.pmg ? ['pmgcm status'] : []),
  ];
}

/** MON, MGR, OSD, MDS: the order that Ceph asks for. */
function cephRestarts(ceph: string | null): StageView['daemons'] {
  return {
    mon: ['systemctl restart ceph-mon.target', 'ceph mon dump'],
    mgr: ['systemctl restart ceph-mgr.target', 'ceph status'],
    osd: ['systemctl restart ceph-osd.target', 'ceph status'],
    mds: ['ceph fs set FS max_mds 1', 'systemctl restart ceph-mds.target', 'ceph fs set FS max_mds BEFORE'],
    end: ['ceph versions', `ceph osd require-osd-release ${ceph === null ? 'RELEASE' : quoteForShell(ceph)}`],
  };
}
