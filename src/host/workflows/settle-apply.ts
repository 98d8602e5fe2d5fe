/** Completes `apply`: stores what the host needs for the next medium, besides the baseline. */
import type { Context } from '../../core/domain/progress.ts';
import type { VerifiedBundle } from '../../medium/adapters/verified-bundle.ts';
import type { Store } from '../../store/adapters/store.ts';
import type { BundleChain } from '../../store/workflows/open-chain.ts';
import { installHostLauncher } from '../../trust/adapters/host-launcher.ts';
import { addTrustedKey, hostKeysDirectory, readHostTrust } from '../../trust/adapters/trusted-keys.ts';
import { renewKeptTool } from '../../store/workflows/keep-tool.ts';

/** Stores what the next medium may need: its signer, and a launcher on the host itself. */
export async function settle(
  chain: BundleChain,
  { root, store, media, context }: { root: string; store: Store; media: string; context: Context },
): Promise<void> {
  await trustNewSigners(chain, root);
  await renewKeptTool(media, { store, trusted: await readHostTrust(root), context });
  const installed = await installHostLauncher(root);
  if (installed !== null) {
    context.progress.note(`Installed ${installed}: it runs the pommgr of a medium, and trusts none of it.`);
  }
}

/** Only keys to which a trusted key handed over arrive here. */
async function trustNewSigners(chain: BundleChain, root: string): Promise<void> {
  for (const signer of newSignersOf(chain)) {
    await addTrustedKey(await hostKeysDirectory(root), signer, signer.countsAs);
  }
}

/** Returns the signers of the chain that the host does not trust directly, each once. */
export function newSignersOf({ before, verified }: BundleChain): VerifiedBundle['newSigners'] {
  const signers = [...before, verified].flatMap(({ newSigners }) => newSigners);
  return [...new Map(signers.map((signer) => [signer.fingerprint, signer])).values()];
}
