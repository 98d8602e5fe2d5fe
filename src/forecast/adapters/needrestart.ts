/** Reads the needrestart(1) configuration of a host. It is Perl, of which settings with plain values are read. */
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { listDirectory } from '../../core/adapters/atomic-files.ts';
import { pathInRoot } from '../../core/adapters/root-paths.ts';
import { parseNeedrestart, type Needrestart } from '../domain/stale-services.ts';
import { readInRoot } from './host-files.ts';

/** Returns null where it is not installed. */
export async function readNeedrestart({ root }: AptRoot): Promise<Needrestart | null> {
  const main = await readInRoot(root, '/etc/needrestart/needrestart.conf');
  // dpkg runs it by this hook of apt.
  if (main === undefined || (await readInRoot(root, '/etc/apt/apt.conf.d/99needrestart')) === undefined)
    return null;
  const directory = '/etc/needrestart/conf.d';
  const names = (await listDirectory(await pathInRoot(root, directory))).filter((name) =>
    name.endsWith('.conf'),
  );
  const texts = [main.toString('utf8')];
  for (const name of names)
    texts.push((await readInRoot(root, `${directory}/${name}`))?.toString('utf8') ?? '');
  return parseNeedrestart(texts);
}
