/**
 * Decides whether a host may apply a bundle, by what its approvers signed. Invariant: only `admitBundle` makes an
 * Admission, and nothing is applied without one.
 */
import type { SigningPublicKey } from '../../trust/domain/signing-key.ts';
import { requireSeparate } from '../../trust/adapters/approver-keys.ts';
import { readApprovalPolicy } from '../adapters/approval-policy.ts';
import { readStatements, type StatementSource } from '../adapters/statement-files.ts';
import type { ReportRoot } from '../adapters/report-root.ts';
import {
  judgeApprovals,
  requireApproved,
  requireNotWithdrawn,
  type CountedApproval,
  type Judgement,
  type SignedStatement,
} from '../domain/judgement.ts';

export interface AdmissionSubject {
  /** Name of the bundle. */
  bundle: string;
  /** SHA-256 of its manifest. */
  root: string;
  /** Keys that signed it. */
  signers: readonly SigningPublicKey[];
  /** Where statements about it are: a medium, a store. */
  sources: readonly StatementSource[];
  report: ReportRoot | undefined;
}

export interface AdmissionOptions {
  /** Path of the host's / on this machine. */
  root: string;
  /**
   * `approved`: as many approvals as the host requires; `not-withdrawn`: for a baseline that the host had before;
   * `nothing`: what apt sees does not change.
   */
  required: 'approved' | 'not-withdrawn' | 'nothing';
  now: Date;
}

interface AdmissionParts {
  approvals: readonly CountedApproval[];
  objections: Judgement['objections'];
  threshold: number | null;
  files: ReadonlyMap<string, Buffer>;
  report: ReportRoot | undefined;
}

let sealed: (parts: AdmissionParts) => Admission;

/** A bundle that may be applied here. Only `admitBundle` creates one. */
export class Admission {
  readonly #parts: AdmissionParts;

  static {
    sealed = (parts) => new Admission(parts);
  }

  private constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /** Approvals that count, at most one for each approver. */
  get approvals(): readonly CountedApproval[] {
    return this.#parts.approvals;
  }

  /** Why other approvals do not count. */
  get objections(): Readonly<Judgement['objections']> {
    return this.#parts.objections;
  }

  /** How many the host requires; null for none. */
  get threshold(): number | null {
    return this.#parts.threshold;
  }

  /** The approvers' statements about the bundle by file name, for the store to keep. */
  get files(): ReadonlyMap<string, Buffer> {
    return this.#parts.files;
  }

  /** The signed manifest of the report, for the store to keep. */
  get report(): ReportRoot | undefined {
    return this.#parts.report;
  }
}

/**
 * @throws PommgrError `trust.approval-*`, `trust.approver`, `trust.no-approvers`; `trust.signature`, `trust.approval`
 *   and `integrity.*` for a statement of an approver that is not as it was signed.
 */
export async function admitBundle(
  { bundle, root, signers, sources, report }: AdmissionSubject,
  options: AdmissionOptions,
): Promise<Admission> {
  const policy = await readApprovalPolicy(options.root);
  requireSeparate(policy, signers);
  const files = new Map<string, Buffer>();
  const statements: SignedStatement[] = [];
  for (const source of sources) {
    const read = await readStatements(source, policy.keys);
    for (const [name, bytes] of read.files) files.set(name, bytes);
    statements.push(...read.statements);
  }
  const question = { bundle, root, report: report?.digest ?? null, now: options.now };
  const judgement = judgeApprovals(statements, question);
  const { counted, objections } = judgement;
  const { threshold } = policy;
  if (threshold !== null && options.required !== 'nothing') {
    const check = options.required === 'approved' ? requireApproved : requireNotWithdrawn;
    check(judgement, { ...question, threshold });
  }
  return sealed({ approvals: counted, objections, threshold, files, report });
}
