/** Writes a host's report to a medium: receipt, lock and wishes, signed with its receipt key. */
import { hostName } from '../../apt/adapters/host-facts.ts';
import { candidatesOf } from '../../apt/adapters/apt.ts';
import type { AptRoot } from '../../apt/adapters/apt-root.ts';
import { formatHostLock } from '../../apt/domain/host-lock.ts';
import { pathExists } from '../../core/adapters/atomic-files.ts';
import { toolVersion } from '../../core/adapters/tool-version.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { valueOf } from '../../core/domain/named.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { formatTime } from '../../core/domain/time.ts';
import { writeReceipt } from '../../hosts/adapters/receipt-files.ts';
import { maxManifestCharacters, type Receipt, type ReceiptManifest } from '../../hosts/domain/receipt.ts';
import type { Wish } from '../../hosts/domain/wish.ts';
import { openReceiptKey } from '../../store/adapters/receipt-key.ts';
import { readStoredManifest } from '../../store/adapters/stored-root.ts';
import {
  readStoreState,
  remoteBaselineDirectory,
  storedBaselineDirectory,
  storedBaselineNames,
  type Store,
} from '../../store/adapters/store.ts';
import { readWishes, writeWishes } from '../../store/adapters/wish-file.ts';
import type { LeftReceipt } from '../domain/apply-report.ts';
import { readHostLock } from './read-host-lock.ts';

/** Writes `receipts/…` below `top`; the host's earlier report there is removed. */
export async function writeReport(
  top: string,
  { store, aptRoot, context }: { store: Store; aptRoot: AptRoot; context: Context },
): Promise<LeftReceipt> {
  const key = await openReceiptKey(store);
  const { applied, known, highest } = await readStoreState(store);
  const held = await storedBaselineNames(store);
  const { fingerprint } = key.publicKey;
  const lock = await lockText(aptRoot, { store, context });
  const receipt: Receipt = {
    schema: 'pommgr/receipt/v1',
    host: { name: (await hostName(aptRoot)).slice(0, 255), id: fingerprint },
    time: formatTime(context.timestamp()),
    track: applied?.track ?? null,
    applied:
      applied === null
        ? null
        : { name: applied.baseline, digest: applied.digest, sequence: applied.sequence },
    baselines: held.flatMap((name) => {
      const digest = valueOf(known, name);
      return digest === undefined ? [] : [{ name, digest }];
    }),
    highest,
    lock: lock === null ? null : { sizeBytes: lock.length, sha256: sha256Hex(lock) },
    manifest: await manifestOf(applied?.baseline, store),
    wishes: await openWishes(aptRoot, store),
    pommgrVersion: toolVersion(),
  };
  return { file: await writeReceipt(top, { receipt, lock }, key), hostFingerprint: fingerprint };
}

/** Returns null where no manifest fits into a receipt: the host's own statement counts without it. */
async function manifestOf(name: string | undefined, store: Store): Promise<ReceiptManifest | null> {
  if (name === undefined) return null;
  for (const directory of [storedBaselineDirectory(store, name), remoteBaselineDirectory(store, name)]) {
    if (!(await pathExists(directory))) continue;
    try {
      const manifest = await readStoredManifest(directory);
      const isCarried = manifest.text.length <= maxManifestCharacters && manifest.signatures.length > 0;
      return isCarried ? manifest : null;
    } catch (error) {
      // "pommgr doctor" reports a damaged store.
      if (!(error instanceof PommgrError)) throw error;
    }
  }
  return null;
}

/** A host whose dpkg is interrupted still leaves its receipt. */
async function lockText(
  aptRoot: AptRoot,
  { store, context }: { store: Store; context: Context },
): Promise<Buffer | null> {
  try {
    return Buffer.from(formatHostLock(await readHostLock(aptRoot, { store, context })));
  } catch (error) {
    if (!(error instanceof PommgrError) || error.code !== 'state.dpkg') throw error;
    context.progress.warn(`The report has no host lock. ${error.message}`);
    return null;
  }
}

/** Returns the wishes that no baseline has fulfilled yet; fulfilled ones are forgotten. */
async function openWishes(aptRoot: AptRoot, store: Store): Promise<Wish[]> {
  const wishes = await readWishes(store);
  if (wishes.length === 0) return [];
  const policies = await candidatesOf(
    aptRoot,
    wishes.map((wish) => wish.package),
  );
  const open = wishes.filter((wish) => (policies.get(wish.package)?.candidate ?? null) === null);
  if (open.length < wishes.length) await writeWishes(store, open);
  return open;
}
