/**
 * Implements `pommgr bundle co-sign`: a second signature for a bundle that this machine rebuilds from its own baseline.
 * Invariant: a signature is added only where every byte that it covers was rebuilt here and is identical; nothing else
 * on the medium is changed. Only `created` is taken from the existing bundle.
 */
import { withDir } from 'tmp-promise';
import { coSignReport } from '../../approval/workflows/co-sign-report.ts';
import { requestFor } from '../../approval/workflows/write-report.ts';
import { writeAt } from '../../core/adapters/writes-at.ts';
import { below, type Place } from '../../core/domain/place.ts';
import {
  bundleDirectory,
  findRoot,
  readBundleDocument,
  readRoot,
} from '../../medium/adapters/bundle-root.ts';
import { loadConfig } from '../../config/adapters/config-file.ts';
import { withLock } from '../../core/adapters/file-lock.ts';
import { listMedium } from '../../medium/adapters/medium.ts';
import { type SigningKey, openKeys } from '../../trust/adapters/signing.ts';
import type { Baseline } from '../../baseline/domain/baseline.ts';
import { bundleDirectoryName, type Bundle } from '../../medium/domain/bundle.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import type { CoSignReport } from '../domain/co-signature.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { bundleFileName, rootFileName } from '../../core/domain/sha256sums.ts';
import { rootSignatureName } from '../../trust/domain/signing-key.ts';
import { checkSigners, checkVolumes } from './check-original.ts';
import { chooseClosure } from './choose-closure.ts';
import { chooseBase } from './choose-base.ts';
import { coSignTop } from './co-sign-top.ts';
import { chooseBaseline, type PackOptions } from './pack.ts';
import { lockPath } from '../../medium/adapters/medium-lock.ts';
import { hashExtras } from './hash-extras.ts';
import { planRebuild, rebuildRoot, type RebuiltRoot } from './rebuild-bundle.ts';
import { withAdvisories } from './with-advisories.ts';
import { rememberSequence } from './remember-sequence.ts';

export type CoSignOptions = Omit<PackOptions, 'volumeSizeBytes'> & {
  /** Where the machine's trusted keys are: `<root>/etc/pommgr/trusted-keys.d`. */
  root?: string;
};

/**
 * @throws PommgrError `integrity.*` for a bundle that is not there or not what its own root says, `trust.*` for a bundle
 *   without a signature or with a wrong one by a key that is known here, and as `pack`.
 */
export async function coSign(options: CoSignOptions): Promise<CoSignReport> {
  const { media, context } = options;
  const loaded = await loadConfig(options.configFile);
  const { bundles } = await listMedium(media);
  const baseline = await chooseBaseline(loaded, options.baselineName);
  const config = await withAdvisories(loaded, baseline);
  const keys = await openKeys(config, options.askPassphrase);
  const base = await chooseBase(config, baseline, { since: options.since, media, context });
  const work: CoSignWork = { ...options, keys, name: bundleDirectoryName({ baseline, base }), baseline };
  if (!bundles.includes(work.name)) throw noBundle(work, bundles);
  const top = { media, keys, root: options.root, dryRun: options.dryRun === true, context };
  const lock = await lockPath(config, media);
  const compare = async ({ path: place }: { path: string }): Promise<CoSignReport> => {
    if (!top.dryRun) await rememberSequence(config, { media, keys, context });
    const found = await findRoot(media, work.name);
    const signers = await checkSigners(found, { keys, root: options.root, context });
    const covered = readRoot(found);
    const { bundle: there, bytes } = await readBundleDocument(found, { covered, name: work.name });
    const missing = keys.filter(({ publicKey }) => !signers.includes(publicKey.fingerprint));
    const report = reportOf(work, there, signers);
    const request = requestFor(there, { config, baseline, context });
    const alsoSign = async (): Promise<string[]> => [
      ...(await coSignTop(top)),
      ...(await coSignReport({ ...top, ...request, bundle: work.name, maker: options.reports })),
    ];
    if (missing.length === 0) return { ...report, outcome: 'unchanged', alsoSigned: await alsoSign() };
    const rebuild = await planRebuild(config, {
      ...{ there, baseline, base, directory: found.directory, place },
      extras: await hashExtras(config, context),
      closure: await chooseClosure(config, baseline, {
        ...{ closure: options.closure === true, dryRun: top.dryRun, place, context },
      }),
    });
    if ('differences' in rebuild) return { ...report, ...rebuild, outcome: 'different' };
    const rebuilt = await rebuildRoot(rebuild.plan, there, context);
    const differences = differencesOfRebuilt(rebuilt, { root: found.root, document: bytes });
    if (differences.length > 0) return { ...report, differences, outcome: 'different' };
    await checkVolumes(found, covered, context.signal);
    if (top.dryRun) return { ...report, outcome: 'planned', alsoSigned: await alsoSign() };
    await addSignatures(found.directory, found.root, missing);
    return {
      ...report,
      outcome: 'co-signed',
      alsoSigned: await alsoSign(),
      added: missing.map(({ publicKey }) => publicKey.fingerprint),
    };
  };
  return withLock(lock, `the medium ${media}`, () =>
    withDir(compare, { prefix: 'pommgr-', unsafeCleanup: true }),
  );
}

interface CoSignWork extends CoSignOptions {
  keys: readonly SigningKey[];
  /** Name of the bundle. */
  name: string;
  baseline: Baseline;
}

/** Lists differing bytes; a cause comes before its consequences. */
function differencesOfRebuilt(rebuilt: RebuiltRoot, there: { root: Buffer; document: Buffer }): string[] {
  if (rebuilt.differences.length > 0) return rebuilt.differences;
  if (canonicalJson(rebuilt.document) !== there.document.toString()) return [bundleFileName];
  return rebuilt.root.equals(there.root) ? [] : [rootFileName];
}

async function addSignatures(directory: Place, root: Buffer, keys: readonly SigningKey[]): Promise<void> {
  for (const key of keys) {
    await writeAt(below(directory, rootSignatureName(key.publicKey.keyId)), await key.sign(root));
  }
}

function reportOf({ media, name, baseline }: CoSignWork, there: Bundle, signers: string[]) {
  return {
    bundle: name,
    directory: bundleDirectory(media, name),
    baseline: { name: baseline.name, digest: baseline.digest },
    base: there.base,
    added: [],
    alsoSigned: [],
    signers,
    differences: [],
  };
}

function noBundle({ media, name }: CoSignWork, found: readonly string[]): PommgrError {
  return new PommgrError(
    'integrity.missing',
    `There is no bundle ${name} on ${media} that could be signed.`,
    {
      hints: [
        found.length === 0 ? 'It has no bundle at all.' : `There are: ${found.join(', ')}.`,
        'Choose the baseline by --baseline; of a delta also its base by --since.',
      ],
      details: { media, bundle: name, found },
    },
  );
}
