/**
 * Asks whether the host's approvers approved what is to be applied, from a medium, a store, or both. Invariant: a refusal
 * is recorded in the audit log.
 */
import { readApprovalPolicy } from '../../approval/adapters/approval-policy.ts';
import { approvalsOf } from '../../approval/adapters/medium-approvals.ts';
import { readReportRoot, reportRootOf } from '../../approval/adapters/report-root.ts';
import { admitBundle, type Admission, type AdmissionSubject } from '../../approval/workflows/admit-bundle.ts';
import { checkReport } from '../../approval/workflows/check-report.ts';
import { PommgrError } from '../../core/domain/errors.ts';
import type { Context } from '../../core/domain/progress.ts';
import { sha256Hex } from '../../core/domain/digest.ts';
import { rootFileName } from '../../core/domain/sha256sums.ts';
import type { ApprovalStatus } from '../domain/status.ts';
import { formatTime } from '../../core/domain/time.ts';
import { readCoveredBundle } from '../../medium/adapters/signed-bundle.ts';
import { bundleDirectoryName } from '../../medium/domain/bundle.ts';
import { appendAudit, auditUser } from '../../store/adapters/audit-log.ts';
import {
  makeStore,
  readStoreState,
  remoteBaselineDirectory,
  storedBaselineDirectory,
  writeStoreState,
  type Store,
} from '../../store/adapters/store.ts';
import { writeStoreIndex } from '../../store/adapters/store-index.ts';
import { keepApprovals, storedApprovals, storedReportRoot } from '../../store/adapters/stored-approvals.ts';
import type { StoredBaseline } from '../../store/adapters/stored-baseline.ts';
import { storedSigners, storedSource } from '../../store/adapters/stored-root.ts';
import type { StoreState } from '../../store/domain/store-state.ts';
import { approvalDirectoryName, reportRootDirectoryName } from '../../store/domain/stored-approval.ts';
import { baselineUri } from '../../store/domain/store-address.ts';
import type { OfferedBaseline } from '../../store/domain/store-index.ts';
import type { BundleChain } from '../../store/workflows/open-chain.ts';
import { pathInStore, type VerifiedOffer } from '../../store/workflows/open-offer.ts';
import type { StatementSource } from '../../approval/adapters/statement-files.ts';
import { readHostTrust } from '../../trust/adapters/trusted-keys.ts';

export interface AdmitOptions {
  root: string;
  store: Store;
  /** Whether what apt sees is to change. */
  isRequired: boolean;
  /** Records nothing. */
  dryRun: boolean;
  context: Context;
}

/** For a bundle of a medium; the store may have statements that the medium lacks. */
export async function admitChain(
  { before, verified }: BundleChain,
  options: AdmitOptions,
): Promise<Admission> {
  const { name, bundle, allMedia, manifestDigest: root } = verified;
  const signers = [...before, verified].flatMap((one) => one.signers);
  const trusted = await readHostTrust(options.root);
  const sources = [];
  let report: AdmissionSubject['report'];
  for (const media of allMedia) {
    sources.push(await approvalsOf(media, name));
    const signed = await checkReport({ media, bundle: name }, { trusted, context: options.context });
    if (signed !== undefined) report ??= reportRootOf(signed);
  }
  sources.push(await storedApprovals(storedBaselineDirectory(options.store, bundle.baseline.name)));
  const subject = { bundle: name, root, signers, sources, report };
  return await admitRecorded(subject, bundle.baseline, options);
}

/** For a baseline in the store of another host; this host's own store may have statements that the other lacks. */
export async function admitOffer(
  { source, bundle, signers, baseline, files }: VerifiedOffer,
  { approvals = [], report: reportNames = [] }: OfferedBaseline,
  options: AdmitOptions,
): Promise<Admission> {
  const { name } = baseline;
  const trusted = await readHostTrust(options.root);
  const sourceOf = (directory: string, names: readonly string[]): StatementSource => ({
    where: `${baselineUri(source.address, name)}/${directory}`,
    names,
    read: (file, maxBytes) => source.read(pathInStore(name, `${directory}/${file}`), maxBytes),
  });
  const subject: AdmissionSubject = {
    bundle: bundleDirectoryName(bundle),
    root: sha256Hex(files.get(rootFileName) ?? ''),
    signers,
    sources: [
      sourceOf(approvalDirectoryName, approvals),
      await storedApprovals(storedBaselineDirectory(options.store, name)),
      await storedApprovals(remoteBaselineDirectory(options.store, name)),
    ],
    report: await readReportRoot(
      sourceOf(`${approvalDirectoryName}/${reportRootDirectoryName}`, reportNames),
      bundleDirectoryName(bundle),
      trusted,
    ),
  };
  return await admitRecorded(subject, baseline, options);
}

/** For a baseline in the host's own store. One that the host had before only must not have been withdrawn. */
export async function admitStored(
  stored: Pick<StoredBaseline, 'directory' | 'baseline'>,
  { state, media, ...options }: AdmitOptions & { state: StoreState; media?: string | undefined },
): Promise<Admission> {
  const { baseline } = stored;
  const isFormer = [state.applied, ...state.history].some((one) => one?.digest === baseline.digest);
  const subject = await storedSubject(stored, { root: options.root, media, isFormer });
  return await admitRecorded(subject, baseline, { ...options, isFormer });
}

/** Returns what approvers say of a stored baseline today; null where the host requires no approval. */
export async function approvalOfStored(
  stored: Pick<StoredBaseline, 'directory'>,
  { root, now }: { root: string; now: Date },
): Promise<ApprovalStatus | null> {
  const subject = await storedSubject(stored, { root, isFormer: false });
  const { threshold, approvals, objections } = await admitBundle(subject, { root, required: 'nothing', now });
  return threshold === null
    ? null
    : {
        threshold,
        approvals: [...approvals],
        objections: objections.map(({ file, text }) => ({ file, text })),
      };
}

/** Of a host that requires no approval, nothing is read that an older store may lack. */
async function storedSubject(
  { directory }: Pick<StoredBaseline, 'directory'>,
  { root, media, isFormer }: { root: string; media?: string | undefined; isFormer: boolean },
): Promise<AdmissionSubject> {
  const nothing = { bundle: '', root: '', signers: [], sources: [], report: undefined };
  if ((await readApprovalPolicy(root)).threshold === null) return nothing;
  const covered = await readCoveredBundle(await storedSource(directory));
  const bundle = bundleDirectoryName(covered.bundle);
  const subject: AdmissionSubject = { ...nothing, bundle, root: sha256Hex(covered.root) };
  const sources = [await storedApprovals(directory)];
  if (media !== undefined) sources.push(await approvalsOf(media, bundle));
  if (isFormer) return { ...subject, sources };
  const trusted = await readHostTrust(root);
  const signers = await storedSigners(directory, trusted);
  const report = await readReportRoot(await storedReportRoot(directory), bundle, trusted);
  return { ...subject, sources, signers, report };
}

/** @throws PommgrError as `admitBundle` */
async function admitRecorded(
  subject: AdmissionSubject,
  { name, digest }: { name: string; digest: string },
  { root, store, isRequired, isFormer = false, dryRun, context }: AdmitOptions & { isFormer?: boolean },
): Promise<Admission> {
  const required = !isRequired ? 'nothing' : isFormer ? 'not-withdrawn' : 'approved';
  try {
    return await admitBundle(subject, { root, required, now: context.now() });
  } catch (error) {
    if (!dryRun && error instanceof PommgrError && error.family === 'trust') {
      await recordRefusal({ name, digest, reason: error.code }, { store, context });
    }
    throw error;
  }
}

/** Keeps what approvers signed beside the baseline, and offers it to other hosts. */
export async function keepAdmission(
  { directory }: Pick<StoredBaseline, 'directory'>,
  admission: Admission,
  store: Store,
): Promise<void> {
  if (admission.files.size === 0 && admission.report === undefined) return;
  await keepApprovals(directory, admission);
  await writeStoreIndex(store);
}

async function recordRefusal(
  { name, digest, reason }: { name: string; digest: string; reason: string },
  { store, context }: { store: Store; context: Context },
): Promise<void> {
  await makeStore(store);
  const state = await readStoreState(store);
  const audit = await appendAudit(store, state.audit, {
    time: formatTime(context.timestamp()),
    user: auditUser(),
    action: 'refuse',
    baseline: name,
    digest,
    target: null,
    reason,
    decisions: [],
  });
  await writeStoreState(store, { ...state, audit });
}
