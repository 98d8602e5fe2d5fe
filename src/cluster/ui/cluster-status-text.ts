/** Formats the current rollout for people. */
import { formatDuration, formatFields, formatTable } from '../../core/ui/format.ts';
import type { RolloutStatus } from '../domain/rollout.ts';

const steps = {
  drain: 'draining was let go',
  upgrade: 'the upgrade was let go',
  reboot: 'the reboot was let go',
  back: 'proven back',
};

export function clusterStatusText({ rollout }: RolloutStatus): string {
  if (rollout === null) return 'No rollout is under way: nobody holds the cluster.';
  const { owner, started, ageSeconds, nodes, waiting, offline, baseline, entries } = rollout;
  const rows = nodes.map(({ node, step, ageSeconds: age }) => [node, steps[step], formatDuration(age)]);
  const open = nodes.filter(({ step }) => step !== 'back').map(({ node }) => node);
  return [
    formatFields({
      ...{ Owner: owner, Since: `${started}, ${formatDuration(ageSeconds)} ago` },
      ...(baseline === null ? {} : { Baseline: baseline }),
      Record: `${entries} signed ${entries === 1 ? 'entry' : 'entries'}`,
      ...(offline === null || offline.length === 0 ? {} : { Offline: offline.join(', ') }),
    }),
    formatTable(['NODE', 'STEP', 'SINCE'], rows),
    open.length === 0
      ? `Every node that was begun is proven back.${waitingText(waiting)}`
      : `Unfinished: ${open.join(', ')}. No other node may be begun before "pommgr cluster gate --node ${open[0]} --before next --record" says go.`,
  ].join('\n');
}

function waitingText(waiting: readonly string[] | null): string {
  if (waiting === null) return '';
  return waiting.length === 0 ? ' The rollout is done.' : ` Not begun: ${waiting.join(', ')}.`;
}
