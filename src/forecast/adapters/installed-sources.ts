/** Returns the source packages of installed packages, as dpkg knows them. */
import { hasDpkgDatabase, runDpkg, type AptRoot } from '../../apt/adapters/apt-root.ts';

/** By name of the binary package. */
export async function readSources(
  aptRoot: AptRoot,
  wanted: readonly { name: string }[],
): Promise<Map<string, string>> {
  if (wanted.length === 0 || !(await hasDpkgDatabase(aptRoot))) return new Map();
  const names = new Set(wanted.map(({ name }) => name));
  const args = ['--show', '--showformat=${Package}\\t${source:Package}\\n'];
  const { stdout } = await runDpkg(aptRoot, 'dpkg-query', args);
  const pairs = stdout.split('\n').map((line): [string, string] => {
    const [name = '', source = ''] = line.split('\t');
    return [name, source];
  });
  return new Map(pairs.filter(([name]) => names.has(name)));
}
