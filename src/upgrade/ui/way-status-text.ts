/** Formats the outcome of `upgrade-release status` for people. */
import { formatFields, formatTable } from '../../core/ui/format.ts';
import { shortened } from '../../host/domain/gaps.ts';
import type { WayStatus } from '../domain/way-status.ts';
import { commandLines, stageKindText } from './stage-text.ts';

export function wayStatusText(status: WayStatus): string {
  const rows = status.stages.map((stage) => [
    String(stage.number),
    stage.target,
    stageKindText(stage),
    stage.state,
    stage.state === 'done' ? '-' : String(stage.behind),
  ]);
  return [
    fields(status),
    formatTable(['STAGE', 'TARGET', 'WHAT', 'STATE', 'TO UPGRADE'], rows, { lead: ['STAGE', 'TARGET'] }),
    ...stateLines(status),
    ...commandLines('To go on:', status.commands),
    ...sourceLines(status),
  ].join('\n');
}

function fields({ baseline, way, codename, begun }: WayStatus): string {
  return formatFields({
    Baseline: baseline.name,
    Way: way,
    'Debian release': codename,
    ...(begun === null ? {} : { Begun: `${begun.target}, at ${begun.started}` }),
    ...(begun === null || begun.accepted.length === 0 ? {} : { Accepted: begun.accepted.join(', ') }),
    ...(begun === null || begun.log === null ? {} : { Log: begun.log }),
  });
}

function stateLines({ isRunning, unfinished, needsRepair, rebootDue, current }: WayStatus): string[] {
  const names = unfinished.map(({ name, status }) => `${name} (${status})`);
  return [
    ...(isRunning ? ['An upgrade is running. It goes on when this session ends.'] : []),
    ...(names.length > 0 ? [`Not complete: ${shortened(names)}.`] : []),
    ...(needsRepair && names.length === 0
      ? ['An upgrade was interrupted: the packages do not fit together yet.']
      : []),
    ...(rebootDue === null ? [] : [`A reboot is due: ${rebootDue}.`]),
    ...(current === null ? ['Every stage is done.'] : []),
  ];
}

function sourceLines({ oldSources, otherSources }: WayStatus): string[] {
  return [
    ...(oldSources.length === 0
      ? []
      : [
          'Set aside, and of an earlier release; "pommgr detach" would put them back, so edit or remove them first:',
          ...oldSources.map(({ disabledPath, suites }) => `  ${disabledPath}: ${suites.join(', ')}`),
        ]),
    ...(otherSources.length === 0
      ? []
      : ['Sources that apt reads besides:', ...otherSources.map((path) => `  ${path}`)]),
  ];
}
