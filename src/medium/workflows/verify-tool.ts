/**
 * Verifies what is on a medium beside its bundles and may be run: `tool/` with the launcher, and every runtime.
 * Invariant: when it returns, each one is complete, signed by a trusted key, and without any other file.
 */
import { openHasherPool } from '../../core/adapters/hashing.ts';
import { listRuntimes, openRuntime, openTool } from '../adapters/medium-tool.ts';
import type { SignedDirectory } from '../../trust/adapters/signed-directory.ts';
import { checkSignedFiles } from '../../trust/adapters/signed-files.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import { platformsOf, type MediumTool } from '../domain/medium-tool.ts';
import type { Context } from '../../core/domain/progress.ts';

/**
 * Reads every byte; a medium may lack the tool, or any runtime, but not a part of one.
 * @throws PommgrError `trust.*` and `integrity.*`
 */
export async function verifyTool(
  media: string,
  { trusted, context }: { trusted: TrustedKeys; context: Context },
): Promise<MediumTool> {
  const opened = await openTool(media, trusted);
  const runtimes: { version: string; signed: SignedDirectory }[] = [];
  for (const version of await listRuntimes(media)) {
    runtimes.push({ version, signed: await openRuntime({ media, version }, trusted) });
  }
  const hashers = openHasherPool(1);
  try {
    const check = (signed: SignedDirectory): Promise<number> =>
      checkSignedFiles(signed, { hashers, signal: context.signal });
    if (opened !== undefined) await check(opened);
    const tool = opened === undefined ? null : { signers: fingerprintsOf(opened) };
    const report: MediumTool = { tool, runtimes: [] };
    for (const { version, signed } of runtimes) {
      context.progress.step(`Checking the runtime ${version}`);
      report.runtimes.push({
        version,
        platforms: platformsOf(signed.digests.keys()),
        signers: fingerprintsOf(signed),
        sizeBytes: await check(signed),
      });
    }
    return report;
  } finally {
    await hashers.close();
  }
}

function fingerprintsOf({ signers }: SignedDirectory): string[] {
  return signers.map(({ fingerprint }) => fingerprint);
}
