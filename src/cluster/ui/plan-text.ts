/** Formats the plan of a rollout for people: the order as a table, then what is to be known of each node. */
import { formatBytes, formatCount, formatDuration, formatTable } from '../../core/ui/format.ts';
import type { ClusterPlan, PlannedNode } from '../domain/plan.ts';

export function planText({ verdict, nodes, problems, plannedAt }: ClusterPlan): string {
  const rows = nodes.map((node, index) => [
    ...[String(index + 1), node.node, String(node.guests.running), formatBytes(node.guests.memoryBytes)],
    ...[`${node.memory.sparePercent} %`, cephText(node), packagesText(node), rebootText(node)],
  ]);
  const head = ['ORDER', 'NODE', 'GUESTS', 'TO MOVE', 'SPARE', 'CEPH', 'CHANGES', 'REBOOT'];
  return [
    `Plan of ${plannedAt}: ${verdict}.`,
    ...(problems.length === 0 ? [] : ['', 'Problems of the cluster:', ...listed(problems)]),
    ...(rows.length === 0
      ? []
      : ['', formatTable(head, rows, { lead: ['ORDER', 'NODE'], optional: ['SPARE', 'TO MOVE'] })]),
    ...nodes.flatMap(nodeLines),
    ...(verdict === 'go'
      ? ['', `Next: pommgr cluster gate --node ${nodes[0]?.node} --before drain --record`]
      : []),
  ].join('\n');
}

function nodeLines(node: PlannedNode): string[] {
  const { guests, memory, reboot, packages } = node;
  return [
    '',
    `${node.node}: ${node.why.join('; ')}.`,
    ...(guests.running === 0
      ? []
      : listed([
          `moving its guests takes at least ${formatDuration(memory.drainSeconds)}; ${memory.sparePercent} % of the memory is left then${memory.toleratesFailure ? '' : ', too little if another node fails meanwhile'}`,
        ])),
    ...(guests.stopped.length === 0 ? [] : listed([`stopped guests stay: ${guests.stopped.join(', ')}`])),
    ...(node.ceph.length === 0 ? [] : listed([`Ceph: ${node.ceph.map(daemonText).join(', ')}`])),
    ...(packages === null || packages.baseline === null ? [] : listed([`upgraded to ${packages.baseline}`])),
    ...listed(reboot.reasons.map((reason) => `reboot: ${reason}`)),
    ...listed(node.problems.map((problem) => `problem: ${problem}`)),
  ];
}

function daemonText({ name, isActive, isRestarted }: PlannedNode['ceph'][number]): string {
  const marks = [...(isActive ? ['active'] : []), ...(isRestarted === true ? ['restart'] : [])];
  return marks.length === 0 ? name : `${name} (${marks.join(', ')})`;
}

function cephText({ ceph }: PlannedNode): string {
  return ceph.length === 0 ? '-' : formatCount(ceph.length, 'daemon');
}

function packagesText({ packages }: PlannedNode): string {
  return packages === null ? 'unknown' : String(packages.changes);
}

function rebootText({ reboot }: PlannedNode): string {
  if (reboot.isDue === null) return 'unknown';
  return reboot.isDue ? 'due' : 'no';
}

function listed(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
