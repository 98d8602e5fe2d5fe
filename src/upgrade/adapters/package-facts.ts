/** Asks dpkg and apt of a host what is installed, where it comes from, and what is left to do. Changes nothing. */
import { simulateUpgrade } from '../../apt/adapters/apt.ts';
import { runApt, runDpkg } from '../../apt/adapters/apt-root.ts';
import { findChangedConffiles, readInstalledFields } from '../../apt/adapters/installed-fields.ts';
import { readInstalledSet } from '../../apt/adapters/installed-set.ts';
import { readSourceFiles } from '../../apt/adapters/source-files.ts';
import { aptName } from '../../apt/domain/apt-policy.ts';
import { parseSources, type SourceEntry } from '../../apt/domain/apt-sources.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { readConfOptions, readDiversions } from '../../forecast/adapters/host-files.ts';
import { answerByOptions } from '../../forecast/domain/conffile-rule.ts';
import type { PackageOffers, UpgradeFacts } from '../domain/checks/facts.ts';
import { packageOffers, parseOrigins } from '../domain/package-offers.ts';
import { gather, type Asking } from './ask-root.ts';

type PackageFacts = Pick<
  UpgradeFacts,
  'sources' | 'packages' | 'conffiles' | 'plan' | 'offers' | 'dpkgAudit' | 'aptCheck'
>;

/** Keeps apt from writing its caches, and from waiting for its lock. */
const readOnly = [
  '-o',
  'Dir::Cache::pkgcache=',
  '-o',
  'Dir::Cache::srcpkgcache=',
  '-o',
  'Debug::NoLocking=1',
];

export async function readPackageFacts(asking: Asking): Promise<PackageFacts> {
  const { aptRoot } = asking;
  return {
    sources: await gather("apt's sources", asking, () => readSources(asking)),
    packages: await gather("dpkg's database", asking, () => readInstalledSet(aptRoot)),
    conffiles: await gather('configuration files', asking, () => readConffiles(asking)),
    plan: await gather('apt-get --simulate dist-upgrade', asking, () => simulateUpgrade(aptRoot)),
    offers: await gather('apt-cache policy', asking, () => readOffers(asking)),
    dpkgAudit: await gather(
      'dpkg --audit',
      asking,
      async () => (await runDpkg(aptRoot, 'dpkg', ['--audit'])).stdout,
    ),
    aptCheck: await gather('apt-get check', asking, async () => {
      const { exitCode, stdout, stderr } = await runApt(
        aptRoot,
        ['apt-get', 'check', '-q', ...readOnly],
        [0, 100],
      );
      return exitCode === 0 ? '' : complaintOf(`${stdout}\n${stderr}`);
    }),
  };
}

async function readSources({ aptRoot }: Asking) {
  const entries: SourceEntry[] = [];
  const problems: string[] = [];
  for (const { path, format, text } of await readSourceFiles(aptRoot)) {
    try {
      entries.push(...parseSources(text, { file: path, format }));
    } catch (error) {
      if (!(error instanceof PommgrError) || error.code !== 'config.apt-sources') throw error;
      problems.push(error.message);
    }
  }
  return { entries, problems };
}

/** A file that is diverted is where dpkg looks for it, and unchanged there. */
async function readConffiles({ aptRoot }: Asking) {
  const changed = await findChangedConffiles(aptRoot, await readInstalledFields(aptRoot));
  const diverted = new Set((await readDiversions(aptRoot)).map(({ from }) => from));
  return {
    changed: changed.filter(({ path }) => !diverted.has(path)),
    answer: answerByOptions(await readConfOptions(aptRoot)),
  };
}

async function readOffers({ aptRoot }: Asking): Promise<PackageOffers> {
  const { packages } = await readInstalledSet(aptRoot);
  const names = packages.map((item) => aptName(item, aptRoot.architecture));
  const policy = async (...words: string[]): Promise<string> =>
    (await runApt(aptRoot, ['apt-cache', 'policy', ...readOnly, ...words])).stdout;
  // Without a name, the command prints its sources instead.
  const tables = names.length === 0 ? '' : await policy('--', ...names);
  return packageOffers(tables, parseOrigins(await policy()));
}

function complaintOf(output: string): string {
  const lines = output.split('\n').filter((line) => /^(?: \S+ : |E: )/.test(line));
  return lines.join('\n') || 'apt gives no reason';
}
