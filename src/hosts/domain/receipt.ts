/**
 * Defines a receipt: a statement of a host, signed with its own key, of what it holds, which lock is beside it, and
 * what it wishes. The online side makes deltas against what all its hosts hold, and closures for what is installed
 * there.
 */
import { namedSchema } from '../../core/domain/named.ts';
import { z } from 'zod';
import { type Baseline } from '../../baseline/domain/baseline.ts';
import { baselineNameSchema, trackSchema } from '../../core/domain/names.ts';
import { timeSchema } from '../../core/domain/time.ts';
import { compareText } from '../../core/domain/canonical-json.ts';
import { objectFactSchema, sha256Schema } from '../../core/domain/digest.ts';
import { wishesSchema } from './wish.ts';
import type { DocumentKind } from '../../core/domain/document.ts';

/** What hosts report back, at the top of a medium. */
export const receiptsDirectoryName = 'receipts';

/** Enough for a bundle of 700 volumes; a receipt for a larger one has no manifest. */
export const maxManifestCharacters = 64 * 1024;

const heldSchema = z.strictObject({ name: baselineNameSchema, digest: sha256Schema });

/** The manifest of the bundle by which a baseline came: whoever trusts its signers need not trust the host. */
const receiptManifestSchema = z.strictObject({
  /** Name of the bundle's directory, which is inside what is signed. */
  bundle: z.string().min(1).max(200),
  /** Its SHA256SUMS. */
  text: z.string().max(maxManifestCharacters),
  signatures: z
    .array(
      z.strictObject({
        keyId: z.string().regex(/^[0-9a-f]{16}$/),
        /** 64 bytes, as they are in the .sig file. */
        base64: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
      }),
    )
    .min(1)
    .max(64),
});
export type ReceiptManifest = z.infer<typeof receiptManifestSchema>;

export const receiptSchema = z.strictObject({
  schema: z.literal('pommgr/receipt/v1'),
  host: z.strictObject({
    /** Its own name, for people; empty where it has none. */
    name: z.string().max(255),
    /** Fingerprint of the key that signs its receipts. */
    id: sha256Schema,
  }),
  time: timeSchema,
  /** Track of the applied baseline; null where none is applied. */
  track: trackSchema.nullable(),
  applied: heldSchema.extend({ sequence: z.int().positive() }).nullable(),
  /** All that the store holds whole, sorted by name. */
  baselines: z.array(heldSchema),
  /** The highest sequence ever applied, by track. */
  highest: namedSchema(trackSchema, z.int().positive()),
  /** Size and digest of the host lock beside the receipt; null where the host could not make one. */
  lock: objectFactSchema.nullable(),
  /** Proves `applied`; null where nothing is applied, or where the host has no such manifest. */
  manifest: receiptManifestSchema.nullable(),
  wishes: wishesSchema,
  pommgrVersion: z.string().max(100),
});
export type Receipt = z.infer<typeof receiptSchema>;

export const receiptKind: DocumentKind<Receipt> = { noun: 'receipt', schema: receiptSchema };

/** `<key id>-<time>.json`, the time without what FAT does not take. */
export function receiptFileName(keyId: string, time: string): string {
  return `${keyId}-${time.replaceAll(/[-:]/g, '')}.json`;
}

/** `<key id>-<time>.lock.json` */
export function receiptLockName(file: string): string {
  return file.replace(/\.json$/, '.lock.json');
}

/** For messages: its name, and the short id of its key. */
export function hostLabel({ host: { name, id } }: Pick<Receipt, 'host'>): string {
  return name === '' ? `host ${id.slice(0, 16)}` : `host ${name} (${id.slice(0, 16)})`;
}

/** `<receipt>.sig` */
export function receiptSignatureName(file: string): string {
  return `${file}.sig`;
}

/** The key id in a receipt's name; undefined when it is no such name. */
export function keyIdOfReceipt(file: string): string | undefined {
  return /^([0-9a-f]{16})-\d{8}T\d{6}Z\.json$/.exec(file)?.[1];
}

/** `<key id>.pub.pem` */
export function receiptKeyName(keyId: string): string {
  return `${keyId}.pub.pem`;
}

/** The newest of each host, by host. */
export function newestReceipts(receipts: readonly Receipt[]): Receipt[] {
  const newest = new Map<string, Receipt>();
  for (const receipt of receipts) {
    const known = newest.get(receipt.host.id);
    if (known === undefined || compareText(known.time, receipt.time) < 0)
      newest.set(receipt.host.id, receipt);
  }
  return [...newest.values()].toSorted((a, b) => compareText(a.host.id, b.host.id));
}

/** Returns whether the host follows the track, or holds baselines of it while it follows none. */
export function isOfTrack(receipt: Receipt, track: string): boolean {
  if (receipt.track !== null) return receipt.track === track;
  return receipt.baselines.some(({ name }) => name.replace(/-[0-9]+$/, '') === track);
}

/** Returns the newest of `baselines` (the oldest first) that every receipt lists, with the same digest. */
export function newestHeldByAll(
  baselines: readonly Baseline[],
  receipts: readonly Receipt[],
): Baseline | undefined {
  return baselines.findLast((baseline) =>
    receipts.every((receipt) =>
      receipt.baselines.some(({ name, digest }) => name === baseline.name && digest === baseline.digest),
    ),
  );
}
