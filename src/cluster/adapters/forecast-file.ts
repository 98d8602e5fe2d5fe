/** Reads what `pommgr forecast --json` printed on a node. */
import { stat } from 'node:fs/promises';
import type { Answer } from '../../core/domain/fact.ts';
import { askFile, type Asking } from './ask.ts';

/** A forecast describes what is installed, which only an upgrade changes. */
const longestForecastAgeMs = 3_600_000;

/** A file that is older than an hour is an answer that failed. */
export async function askForecast({
  forecast: path,
  ...asking
}: Asking & { forecast?: string | undefined }): Promise<Answer> {
  const at = asking.now().toISOString();
  if (path === undefined) return { source: 'the forecast', at, failure: 'none was named with --forecast' };
  const answer = await askFile(path, asking);
  if ('failure' in answer) return answer;
  const ageMs = asking.now().getTime() - (await stat(path)).mtimeMs;
  if (ageMs <= longestForecastAgeMs) return answer;
  const minutes = Math.round(ageMs / 60_000);
  return { source: path, at, failure: `it is ${minutes} minutes old, expected at most 60` };
}
