/** Formats the outcome of `detach` for people. */
import type { StoreSecret } from '../../store/domain/store-secret.ts';
import type { DetachReport } from '../domain/detach-report.ts';

export function detachText(report: DetachReport): string {
  const { putBack, changed, missing, kept, removed } = report;
  const isDone = report.outcome === 'detached';
  return [
    headline(report),
    ...listOf(
      isDone ? 'Put back:' : 'Would put back:',
      putBack.map(
        ({ path }) => `${path}${changed.includes(path) ? ' (changed since it was set aside)' : ''}`,
      ),
    ),
    ...listOf('Somebody removed these while they were set aside:', missing),
    ...listOf(
      isDone ? 'Earlier files of a place, kept beside:' : 'Earlier files of a place would be kept beside:',
      kept.map(({ from, to }) => `${from} -> ${to}`),
    ),
    ...listOf(isDone ? 'Removed:' : 'Would remove:', removed),
    ...listOf(isDone ? 'Removed secrets:' : 'Would remove secrets:', secretLines(report.secrets)),
    ...(isDone ? ['Run "apt-get update" to fetch the lists of these sources.'] : []),
  ].join('\n');
}

export function secretLines(secrets: readonly StoreSecret[]): string[] {
  return secrets.map(({ path, what }) => `${path}: ${what}`);
}

function headline({ outcome, baseline, store, purged }: DetachReport): string {
  const what = baseline === null ? 'No baseline was applied' : `The host is detached from ${baseline}`;
  const rest = purged ? `The store ${store} and its audit log are gone.` : `The store ${store} stays.`;
  switch (outcome) {
    case 'detached':
      return `${what}. ${rest}`;
    case 'would-detach':
      return `Would detach the host${baseline === null ? '' : ` from ${baseline}`}. Nothing was changed: this was a dry run.`;
    case 'unchanged':
      return `No baseline is applied; there is nothing to detach. ${rest}`;
  }
}

function listOf(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}
