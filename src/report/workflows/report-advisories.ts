/** What the security data of a baseline says of the hosts of a report. */
import type { AdvisoryFindings } from '../../advisories/domain/findings.ts';
import { findAdvisories } from '../../advisories/workflows/find-advisories.ts';
import { baselineDirectory, listBaselines } from '../../baseline/adapters/baseline-files.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { Config } from '../../config/domain/config.ts';
import type { Context } from '../../core/domain/progress.ts';
import type { ForecastHost } from './forecast-hosts.ts';

/** Returns null where no data was taken with the baseline. @throws PommgrError `integrity.advisories`. */
export async function reportAdvisories(
  { stateDir }: Config,
  about: { baseline: Baseline; forecasts: readonly ForecastHost[]; context: Context },
): Promise<AdvisoryFindings | null> {
  const { baseline, forecasts, context } = about;
  const listedOf = (one: Baseline) => ({
    baseline: one,
    directory: baselineDirectory(stateDir, one.name),
  });
  return findAdvisories({
    listed: listedOf(baseline),
    baselines: (await listBaselines(stateDir)).map(listedOf),
    hosts: forecasts.map(({ lock, host: { name, forecast } }) => ({
      ...{ name, lock },
      changes: forecast === null ? null : forecast.sources.flatMap(({ changes }) => changes),
    })),
    context,
  });
}
