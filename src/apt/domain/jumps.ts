/**
 * Finds the jumps in a planned upgrade: a new major version of a product, of Ceph or of Debian, which needs an order of
 * its own, or the removal of a package that makes a host a Proxmox host. They are shown before the rest of the plan.
 */
import type { PlannedChange } from './planned-change.ts';

export interface Jump {
  kind: 'ceph' | 'product' | 'debian' | 'removal';
  /** The package that reveals the jump. */
  package: string;
  from: string | null;
  /** Null for a removal. */
  to: string | null;
  /** One sentence that names it. */
  what: string;
  /** What has to be done before, with and after it, in order. */
  steps: string[];
}

const cephReleases: Record<number, string> = {
  16: 'pacific',
  17: 'quincy',
  18: 'reef',
  19: 'squid',
  20: 'tentacle',
};

interface Product {
  name: string;
  packages: readonly string[];
  checker?: string;
}

/** The package with the product's version first. */
const products: readonly Product[] = [
  { name: 'Proxmox VE', packages: ['pve-manager', 'proxmox-ve'], checker: 'pve8to9 --full' },
  { name: 'Proxmox Backup Server', packages: ['proxmox-backup-server'], checker: 'pbs3to4 --full' },
  { name: 'Proxmox Mail Gateway', packages: ['pmg-api', 'proxmox-mailgateway'], checker: 'pmg8to9' },
  { name: 'Proxmox Datacenter Manager', packages: ['proxmox-datacenter-manager'] },
];

/** Packages that all of Ceph's own versions share, the one on every node first. */
const cephPackages = ['ceph-common', 'ceph-base', 'ceph', 'ceph-mon', 'ceph-osd', 'ceph-mgr', 'librados2'];
/** apt must never remove these from a host (nor the running kernel, which a plan does not know). */
const neverRemoved = [
  'proxmox-ve',
  'pve-manager',
  'proxmox-backup-server',
  'proxmox-mailgateway',
  'pmg-api',
  'proxmox-datacenter-manager',
];

/** Returns removals first, then Debian, the products and Ceph. */
export function findJumps(changes: readonly PlannedChange[]): Jump[] {
  const ceph = majorChange(changes, cephPackages);
  const pve = majorChange(changes, ['pve-manager', 'proxmox-ve']);
  return [
    ...removals(changes),
    ...debianJump(changes),
    ...products.flatMap((product) => productJump(changes, product, ceph)),
    ...(ceph === undefined ? [] : [cephJump(ceph, pve !== undefined)]),
  ];
}

interface MajorChange {
  change: PlannedChange & { from: string; to: string };
  fromMajor: number;
  toMajor: number;
}

/** Describes the first package whose major version rises. */
function majorChange(changes: readonly PlannedChange[], names: readonly string[]): MajorChange | undefined {
  for (const name of names) {
    for (const change of changes) {
      const { from, to } = change;
      if (change.name !== name || from === null || to === null) continue;
      const [fromMajor, toMajor] = [majorOf(from), majorOf(to)];
      if (toMajor > fromMajor) return { change: { ...change, from, to }, fromMajor, toMajor };
    }
  }
  return undefined;
}

function majorOf(version: string): number {
  return Number(/^(?:\d+:)?(\d+)/.exec(version)?.[1] ?? Number.NaN);
}

function removals(changes: readonly PlannedChange[]): Jump[] {
  return changes
    .filter(({ name, to }) => to === null && neverRemoved.includes(name))
    .map(({ name, from }) => ({
      kind: 'removal' as const,
      package: name,
      ...{ from, to: null },
      what: `apt would remove ${name}: afterwards this is no Proxmox host any more.`,
      steps: [
        'Do not run this upgrade.',
        'Look for sources of another release, missing mirrors of the target, and held packages.',
      ],
    }));
}

function debianJump(changes: readonly PlannedChange[]): Jump[] {
  const found = majorChange(changes, ['base-files']);
  if (found === undefined) return [];
  const { change, fromMajor, toMajor } = found;
  return [
    jump('debian', change, `Debian ${fromMajor} to ${toMajor}: this is an upgrade of the whole release.`, [
      'Have a backup that was tried.',
      'Run it in a session that outlives the connection (tmux, or at the console), and reboot afterwards.',
    ]),
  ];
}

function productJump(
  changes: readonly PlannedChange[],
  { name, packages, checker }: Product,
  ceph: MajorChange | undefined,
): Jump[] {
  const found = majorChange(changes, packages);
  if (found === undefined) return [];
  const { change, fromMajor, toMajor } = found;
  const isVe8To9 = name === 'Proxmox VE' && fromMajor === 8;
  return [
    jump('product', change, `${name} ${fromMajor} to ${toMajor}: a new major version.`, [
      ...(isVe8To9 ? ve8To9Steps(change.from, ceph) : []),
      ...(checker === undefined ? [] : [`Run "${checker}" and clear what it finds.`]),
      ...(name === 'Proxmox VE' ? ['Go node by node: upgrade, reboot, wait until it is healthy.'] : []),
    ]),
  ];
}

/** Proxmox VE 9 refuses a Ceph older than squid, so squid has to be installed while the nodes are on bookworm. */
function ve8To9Steps(from: string, ceph: MajorChange | undefined): string[] {
  const cephBefore = ceph?.fromMajor;
  return [
    ...(/^(?:\d+:)?8\.4/.test(from) ? [] : [`First bring every node to the last 8.4; this one has ${from}.`]),
    cephBefore !== undefined && cephBefore < 19
      ? `First bring Ceph to 19 (squid) while the nodes are on Debian 12; it is ${cephText(cephBefore)}.`
      : 'A hyper-converged cluster needs Ceph 19 (squid) on every node first, while on Debian 12.',
  ];
}

function cephJump({ change, fromMajor, toMajor }: MajorChange, isWithProduct: boolean): Jump {
  const skipped = toMajor - fromMajor > 2;
  return jump('ceph', change, `Ceph ${cephText(fromMajor)} to ${cephText(toMajor)}: a new major version.`, [
    ...(isWithProduct && toMajor > 19
      ? ['Not together with a new Proxmox VE: all nodes first get that, with Ceph 19 (squid).']
      : []),
    ...(skipped ? ['Ceph takes at most two releases in one step: go by the one between.'] : []),
    'Wait for HEALTH_OK on the whole cluster, then set "noout" ("ceph osd set noout").',
    'Upgrade the packages of every node, then restart MON, MGR, OSD, MDS, RGW in this order.',
    'Wait for active+clean between nodes; at the end unset "noout".',
  ]);
}

function cephText(major: number): string {
  const name = cephReleases[major];
  return name === undefined ? String(major) : `${major} (${name})`;
}

function jump(kind: Jump['kind'], { name, from, to }: PlannedChange, what: string, steps: string[]): Jump {
  return { kind, package: name, from, to, what, steps };
}
