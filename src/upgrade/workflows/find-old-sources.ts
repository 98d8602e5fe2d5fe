/** Finds the sources that are set aside and name a release that the host has left. Changes nothing. */
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { parseSources } from '../../apt/domain/apt-sources.ts';
import type { Stage } from '../../apt/domain/upgrade-way.ts';
import { entryExists } from '../../core/adapters/atomic-files.ts';
import { readPlainText } from '../../core/adapters/plain-file.ts';
import { entryInRoot } from '../../core/adapters/root-paths.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { SetAside } from '../../store/domain/store-state.ts';
import type { WayStatus } from '../domain/way-status.ts';

export async function findOldSources(
  { root }: AptRoot,
  about: { setAside: readonly SetAside[]; stages: readonly Stage[]; codename: string },
): Promise<WayStatus['oldSources']> {
  const codenames = about.stages.map(({ target }) => target.codename);
  const former = new Set(codenames.slice(0, Math.max(codenames.indexOf(about.codename), 0)));
  former.delete(about.codename);
  const found: WayStatus['oldSources'] = [];
  if (former.size === 0) return found;
  for (const { path, disabledPath } of about.setAside) {
    const place = await entryInRoot(root, disabledPath);
    if (!(await entryExists(place))) continue;
    const suites = suitesIn(path, await readPlainText(place));
    const old = suites.filter((suite) => former.has(suite.split(/[-/]/)[0] ?? ''));
    if (old.length > 0) found.push({ path, disabledPath, suites: [...new Set(old)] });
  }
  return found;
}

/** A file that apt could not read either has no suites. */
function suitesIn(path: string, text: string): string[] {
  const format = path.endsWith('.sources') ? 'deb822' : 'one-line';
  try {
    return parseSources(text, { file: path, format }).flatMap(({ suites }) => suites);
  } catch (error) {
    if (!(error instanceof PommgrError)) throw error;
    return [];
  }
}
