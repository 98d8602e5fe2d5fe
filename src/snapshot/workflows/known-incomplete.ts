/**
 * Recognises files that are gone upstream for good: they are tried at each run, and are no reason for another baseline.
 */
import { join } from 'node:path';
import { baselinesDirectory } from '../../baseline/adapters/baseline-files.ts';
import { baselineDigest } from '../../baseline/domain/baseline.ts';
import { readLockProof } from '../../closure/adapters/closure-files.ts';
import type { Config } from '../../config/domain/config.ts';
import { canonicalJson } from '../../core/domain/canonical-json.ts';
import type { EngineTools } from '../../mirror/workflows/steps.ts';
import { lacksSetAside } from './lacks-set-aside.ts';
import type { BaselineSource } from './plan-baseline.ts';
import { baselineContent } from './write-baseline.ts';

/** Returns whether the newest baseline is incomplete, and holds and lacks exactly the same. */
export async function knownIncomplete(
  { latest, targets, upgrades, closures }: BaselineSource,
  { config, force }: { config: Config; force: boolean },
): Promise<EngineTools['isKnown']> {
  if (latest?.incomplete === undefined || force || (await lacksSetAside(latest, config))) return () => false;
  const proof = await readLockProof(join(baselinesDirectory(config.stateDir), latest.name));
  return (mirrors, incomplete) =>
    proof?.inputs === closures.inputs &&
    canonicalJson(incomplete) === canonicalJson(latest.incomplete) &&
    baselineDigest(baselineContent(mirrors, { targets, upgrades })) === latest.digest;
}
