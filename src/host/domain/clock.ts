/** Checks whether a host's clock is behind a baseline: apt refuses a Release file that is dated in the future. */
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { formatTime } from '../../core/domain/time.ts';

/** Tolerance of apt (Acquire::Max-FutureTime). */
const toleratedSeconds = 10;

/**
 * Returns the mirror with the latest Release, if that is later than `now`; undefined when the clock is right for all.
 */
export function clockBehind(
  { content }: Pick<Baseline, 'content'>,
  now: Date,
): { mirror: string; date: string } | undefined {
  let latest: { mirror: string; date: string } | undefined;
  for (const { id, release } of content.mirrors) {
    if (release.date === null || Date.parse(release.date) <= now.getTime() + toleratedSeconds * 1000)
      continue;
    if (latest === undefined || release.date > latest.date) latest = { mirror: id, date: release.date };
  }
  return latest;
}

/** @throws PommgrError `state.clock` when the clock is behind, which apt would only call an error of the mirror. */
export function checkClock(baseline: Pick<Baseline, 'content' | 'name'>, now: Date): void {
  const ahead = clockBehind(baseline, now);
  if (ahead === undefined) return;
  throw new PommgrError('state.clock', clockText(baseline.name, ahead, now), {
    hints: ['Set the clock of this host (date --set), then run the same command again.'],
    details: { baseline: baseline.name, ...ahead, now: formatTime(now) },
  });
}

export function clockText(name: string, ahead: { mirror: string; date: string }, now: Date): string {
  return `The clock of this host is behind ${name}: it says ${formatTime(now)}, and the Release file of ${ahead.mirror} is of ${ahead.date}.`;
}
