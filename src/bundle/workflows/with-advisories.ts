/**
 * Lets the security data of a baseline travel with its bundles, as extras of their own: the record, and each data as it is
 * kept. Hosts list and extract them like other extras.
 */
import {
  advisoryRecordPath,
  keptAdvisoryPath,
  readAdvisoryRecord,
} from '../../advisories/adapters/kept-advisories.ts';
import { advisoryRecordName, type AdvisoryData } from '../../advisories/domain/advisory-record.ts';
import { baselineDirectory } from '../../baseline/adapters/baseline-files.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { advisoryPrefix } from '../../config/domain/advisory-settings.ts';
import type { Config } from '../../config/domain/config.ts';
import { sortExtras } from '../../config/domain/extras.ts';

/** Returns the config with the data among its extras; unchanged where no data was taken with the baseline. */
export async function withAdvisories(config: Config, { name }: Baseline): Promise<Config> {
  const directory = baselineDirectory(config.stateDir, name);
  const record = await readAdvisoryRecord(directory);
  if (record === undefined) return config;
  const data = record.data.map((one) => ({
    name: travellingName(one),
    file: keptAdvisoryPath(directory, one.kept.sha256),
  }));
  const recordFile = { name: advisoryRecordName, file: advisoryRecordPath(directory) };
  return { ...config, extras: sortExtras([...config.extras, recordFile, ...data]) };
}

function travellingName({ name, isCompressed }: AdvisoryData): string {
  return `${advisoryPrefix}-${name}${isCompressed ? '.json.gz' : '.debsecan'}`;
}
