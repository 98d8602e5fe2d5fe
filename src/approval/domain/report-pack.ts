/** Defines what `pack` does about the report of a bundle, and who makes it. */
import type { Baseline } from '../../baseline/domain/baseline.ts';
import type { Config } from '../../config/domain/config.ts';
import type { Context } from '../../core/domain/progress.ts';

export interface ReportRequest {
  config: Config;
  baseline: Baseline;
  /** Name of the baseline that hosts have: the base of a delta; null for a full bundle. */
  base: string | null;
  /** Its `timestamp` is the time of the bundle, so that all media of a set carry the same report. */
  context: Context;
}

/** Makes reports; a later room does, and the command brings both together. */
export interface ReportMaker {
  /** Returns the files of the report by name (`reportFileNames`). */
  make: (request: ReportRequest) => Promise<ReadonlyMap<string, Buffer>>;
  /** Returns what this machine would report otherwise than the files say; empty where it agrees. */
  compare: (files: ReadonlyMap<string, Buffer>, request: ReportRequest) => Promise<string[]>;
}

export interface ReportPack {
  /** `unchanged`: it is on the medium already; `left-out`: as requested. */
  outcome: 'packed' | 'unchanged' | 'planned' | 'left-out';
  /** Null where none is written. */
  directory: string | null;
  /** SHA-256 of its manifest, which approvals name; null for a dry run. */
  digest: string | null;
}

/** What `verify` found in `reports/`. */
export interface ReportVerification {
  bundle: string;
  /** SHA-256 of its manifest. */
  digest: string;
  /** Fingerprints. */
  signers: string[];
}
