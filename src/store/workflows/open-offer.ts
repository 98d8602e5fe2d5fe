/**
 * Opens a baseline that the store of another host offers, as far as admission needs it: its signed manifest,
 * bundle.json and baseline.json. Invariant: only `openOffer` makes a VerifiedOffer.
 */
import { digestMismatch } from '../../core/domain/mismatch.ts';
import { parseBaseline } from '../../baseline/adapters/baseline-files.ts';
import type { StoreSource } from '../adapters/store-source.ts';
import type { TrustedKeys } from '../../trust/adapters/trusted-keys.ts';
import { type Baseline } from '../../baseline/domain/baseline.ts';
import { baselineName } from '../../core/domain/names.ts';
import type { Bundle } from '../../medium/domain/bundle.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import { offeredDirectoryName } from '../domain/offered-path.ts';
import { bundleFileName, rootFileName } from '../../core/domain/sha256sums.ts';
import type { SigningPublicKey } from '../../trust/domain/signing-key.ts';
import { baselineUri } from '../domain/store-address.ts';
import type { OfferedBaseline } from '../domain/store-index.ts';
import { closureListFileName } from '../../closure/domain/closure-list.ts';
import type { Shares } from '../../closure/domain/shares.ts';
import { sharesOf } from '../../medium/domain/bundle-shares.ts';
import { checkBaseline } from '../../medium/workflows/bundle-reading.ts';
import { readSignedSource } from '../../medium/adapters/signed-bundle.ts';

const baselineFileName = 'baseline.json';
const changedHint = 'That store was changed or is damaged: run "pommgr doctor --deep" on its host.';

interface OfferParts {
  bundle: Bundle;
  baseline: Baseline;
  signers: readonly SigningPublicKey[];
  /** Which target sees which part of it. */
  shares: Shares;
  /** The manifest, the signatures that counted, bundle.json, baseline.json and a closure list, by file name. */
  files: ReadonlyMap<string, Buffer>;
}

let sealed: (source: StoreSource, parts: OfferParts) => VerifiedOffer;

/** What a trusted key signed of a baseline in another host's store. Only `openOffer` creates one. */
export class VerifiedOffer {
  readonly source: StoreSource;
  readonly bundle: Bundle;
  readonly baseline: Baseline;
  readonly signers: OfferParts['signers'];
  readonly #files: OfferParts['files'];
  readonly #shares: Shares;

  static {
    sealed = (source, parts) => new VerifiedOffer(source, parts);
  }

  private constructor(source: StoreSource, parts: OfferParts) {
    this.source = source;
    this.bundle = parts.bundle;
    this.baseline = parts.baseline;
    this.signers = parts.signers;
    this.#files = parts.files;
    this.#shares = parts.shares;
  }

  get shares(): Shares {
    return this.#shares;
  }

  get files(): OfferParts['files'] {
    return this.#files;
  }
}

/** Returns the path in its store of a file of the baseline. */
export function pathInStore(name: string, file: string): string {
  return `${offeredDirectoryName}/${name}/${file}`;
}

/** @throws PommgrError `trust.*` as for a medium, `integrity.*` for documents that are not what was signed. */
export async function openOffer(
  source: StoreSource,
  { name, signatures: signatureFiles }: OfferedBaseline,
  trusted: TrustedKeys,
): Promise<VerifiedOffer> {
  const at = (file: string): string => `${baselineUri(source.address, name)}/${file}`;
  const read = (file: string, maxBytes: number): Promise<Buffer> =>
    source.read(pathInStore(name, file), maxBytes);
  const { root, bundle, document, signers, signatures } = await readSignedSource(
    { where: baselineUri(source.address, name), signatureFiles, read, hint: changedHint },
    trusted,
  );
  checkName(bundle, name, at(bundleFileName));
  const { file } = bundle.baseline;
  const bytes = await read(baselineFileName, file.sizeBytes);
  compare(at(baselineFileName), file.sha256, bytes);
  const baseline = parseBaseline(bytes.toString('utf8'), at(baselineFileName));
  checkBaseline(bundle, baseline, at(baselineFileName));
  const list =
    bundle.closure === undefined ? undefined : await read(closureListFileName, bundle.closure.sizeBytes);
  if (list !== undefined) compare(at(closureListFileName), bundle.closure?.sha256 ?? '', list);
  const shares = sharesOf(bundle, list, baselineUri(source.address, name));
  const files = new Map([
    [rootFileName, root],
    ...signatures,
    [bundleFileName, document],
    [baselineFileName, bytes],
    ...(list === undefined ? [] : ([[closureListFileName, list]] as const)),
  ]);
  return sealed(source, { bundle, baseline, shares, signers, files });
}

function compare(where: string, expected: string, bytes: Buffer): void {
  const found = sha256Hex(bytes);
  if (found === expected) return;
  throw digestMismatch(where, { expected, found, hints: [changedHint] });
}

/** @throws PommgrError `integrity.name` when the store shows another baseline under this name. */
function checkName({ track, sequence, baseline }: Bundle, name: string, where: string): void {
  if (baseline.name === name && name === baselineName(track, sequence)) return;
  throw new PommgrError('integrity.name', `${where} describes ${baseline.name}, expected ${name}.`, {
    hints: ['That store was changed: run "pommgr doctor --deep" on its host.'],
    details: { file: where, expected: name, found: baseline.name },
  });
}
