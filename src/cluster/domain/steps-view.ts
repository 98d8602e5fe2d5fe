/**
 * Defines the input of the templates of the runbook. Invariant: it holds numbers, names and commands, and no sentence,
 * so that the runbook is complete in each language.
 */
import { formatBytes } from '../../core/domain/byte-size.ts';
import { quoteForShell } from '../../subscription/domain/steps-document.ts';
import type { ClusterPlan, PlannedNode } from './plan.ts';

export interface ClusterStepsView {
  /** Date like `2027-01-31`. */
  planned: string;
  isGo: boolean;
  problems: number;
  /** Quoted for a shell, as are all other parts of commands. */
  owner: string;
  media: string;
  hasHa: boolean;
  hasCeph: boolean;
  nodes: NodeStepsView[];
}

export interface NodeStepsView {
  name: string;
  number: number;
  of: number;
  /** The name in commands, and names of files. */
  shell: string;
  forecast: string;
  log: string;
  running: number;
  memory: string;
  drainMinutes: number;
  toleratesFailure: boolean;
  stopped: string;
  hasMonitor: boolean;
  hasOsd: boolean;
  isHaMaster: boolean;
  hasActiveMds: boolean;
  haServices: number;
  /** Commands that move, shut down and start guests. */
  migrate: string[];
  shutDown: string[];
  start: string[];
  changes: number | null;
  baseline: string | null;
  reboot: 'due' | 'no' | 'unknown';
  kernel: { running: string; planned: string } | null;
  /** Commands that restart the daemons that are not restarted by a reboot, in their order. */
  restartCeph: string[];
  problems: number;
}

export function clusterStepsView(
  plan: ClusterPlan,
  { owner, media }: { owner: string; media: string },
): ClusterStepsView {
  const { nodes, verdict, plannedAt, problems } = plan;
  return {
    planned: plannedAt.slice(0, 10),
    isGo: verdict === 'go',
    problems: nodes.reduce((sum, node) => sum + node.problems.length, problems.length),
    ...{ owner: quoteForShell(owner), media: quoteForShell(media) },
    hasHa: nodes.some(({ haServices }) => haServices > 0),
    hasCeph: nodes.some(({ ceph }) => ceph.length > 0),
    nodes: nodes.map((node, index) => nodeView(node, { number: index + 1, of: nodes.length })),
  };
}

function nodeView(node: PlannedNode, place: { number: number; of: number }): NodeStepsView {
  const { guests, memory, packages, reboot, ceph } = node;
  const has = (kind: string): boolean => ceph.some(({ name }) => name.startsWith(`${kind}.`));
  return {
    ...place,
    ...{ name: node.node, shell: quoteForShell(node.node) },
    ...{ forecast: quoteForShell(`${node.node}.json`), log: quoteForShell(`${node.node}.log`) },
    ...{ running: guests.running, memory: formatBytes(guests.memoryBytes) },
    drainMinutes: Math.ceil(memory.drainSeconds / 60),
    ...{ toleratesFailure: memory.toleratesFailure, stopped: guests.stopped.join(', ') },
    ...{ hasMonitor: has('mon'), hasOsd: has('osd'), isHaMaster: node.isHaMaster },
    hasActiveMds: ceph.some(({ name, isActive }) => isActive && name.startsWith('mds.')),
    haServices: node.haServices,
    migrate: guests.moving.filter(({ isByHa }) => !isByHa).map(migration),
    shutDown: guests.cannotMove.map((guest) => `${tool(guest)} shutdown ${guest.vmid}`),
    start: guests.cannotMove.map((guest) => `${tool(guest)} start ${guest.vmid}`),
    ...{ changes: packages?.changes ?? null, baseline: packages?.baseline ?? null },
    reboot: reboot.isDue === null ? 'unknown' : reboot.isDue ? 'due' : 'no',
    kernel: packages === null || packages.kernel.running === packages.kernel.planned ? null : packages.kernel,
    restartCeph: reboot.isDue === true ? [] : restarts(ceph),
    problems: node.problems.length,
  };
}

function tool({ type }: { type: 'qemu' | 'lxc' }): 'qm' | 'pct' {
  return type === 'qemu' ? 'qm' : 'pct';
}

/** A container is migrated by a restart. The reader chooses the target. */
function migration({ vmid, type }: { vmid: number; type: 'qemu' | 'lxc' }): string {
  return type === 'qemu'
    ? `qm migrate ${vmid} "$target" --online`
    : `pct migrate ${vmid} "$target" --restart`;
}

/** Units of Ceph are named `ceph-osd@3`. */
function restarts(ceph: PlannedNode['ceph']): string[] {
  return ceph
    .filter(({ isRestarted }) => isRestarted !== false)
    .map(({ name }) => `systemctl restart ${quoteForShell(`ceph-${name.replace('.', '@')}`)}`);
}
