/**
 * What a script may refuse a report for. Invariant: a condition that could not be looked at counts as met, because a
 * check that saw nothing must not pass.
 */
import { urgencies, type Urgency } from '../../advisories/domain/issue.ts';
import type { Report } from './report.ts';

export interface MetCondition {
  condition: string;
  /** Sentences without a full stop, each about one host. */
  reasons: string[];
}

/** Returns the conditions that are met, in the given order, each once. */
export function metConditions(report: Report, conditions: readonly string[]): MetCondition[] {
  return [...new Set(conditions)].flatMap((condition) => {
    const reasons = condition.startsWith('open')
      ? openReasons(report, condition.slice('open:'.length))
      : forecastReasons(report, condition);
    return reasons.length === 0 ? [] : [{ condition, reasons }];
  });
}

function openReasons({ advisories, hosts }: Report, lowest: string): string[] {
  if (advisories === null) return ['no security data was taken with the baseline'];
  if (hosts.length === 0) return ['no host is known'];
  const least = urgencies.indexOf((lowest === '' ? 'unimportant' : lowest) as Urgency);
  const without = hosts.filter(({ forecast }) => forecast === null);
  const unsupported = advisories.hosts.filter(
    ({ release }) => !advisories.data.some(({ releases }) => releases.includes(release)),
  );
  return [
    ...without.map(({ name }) => `${name} has no forecast`),
    ...unsupported.map(({ host, release }) => `${host}: no security data is about ${release}`),
    ...advisories.hosts.flatMap(({ host, open }) => {
      const counted = open.filter(
        ({ urgency, isUndetermined }) => !isUndetermined && urgencies.indexOf(urgency) >= least,
      );
      if (counted.length === 0) return [];
      const names = counted.slice(0, 5).map(({ id, package: name }) => `${id} (${name})`);
      const more = counted.length > names.length ? ` and ${counted.length - names.length} more` : '';
      return [`${host}: ${names.join(', ')}${more} stay open`];
    }),
  ];
}

function forecastReasons({ hosts }: Report, condition: string): string[] {
  if (hosts.length === 0) return ['no host is known'];
  return hosts.flatMap(({ name, forecast }) => {
    if (forecast === null) return [`${name} has no forecast`];
    const changes = forecast.sources.flatMap((source) => source.changes);
    const count = (action: string): number => changes.filter((change) => change.action === action).length;
    const counts = new Map<string, [number, string]>([
      ['removals', [count('remove'), 'packages would be removed']],
      ['downgrades', [count('downgrade'), 'packages would be downgraded']],
      ['reboot', [forecast.reboot.length, 'reasons to reboot']],
      ['prompts', [forecast.conffiles.prompts.length, 'prompts for configuration files']],
      ['refusals', [forecast.refusals.length, 'reasons to refuse the upgrade']],
    ]);
    const [number = 0, what = ''] = counts.get(condition) ?? [];
    return number === 0 ? [] : [`${name}: ${number} ${what}`];
  });
}
