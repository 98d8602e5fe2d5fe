/** Defines the report of `verify`: everything that was found valid on a medium and in each of its bundles. */
import type { ApprovalVerification } from '../../approval/domain/approval-verification.ts';
import type { ReportVerification } from '../../approval/domain/report-pack.ts';
import type { SubscriptionVerification } from '../../subscription/domain/subscription-verification.ts';
import type { BundleContents } from '../../medium/domain/bundle-objects.ts';
import type { BundleBase } from '../../medium/domain/bundle.ts';
import type { MediumTool } from '../../medium/domain/medium-tool.ts';
import type { Extra } from '../../config/domain/extras.ts';

export interface Verification extends MediumTool {
  media: string;
  /** Other media that were verified with it, for sets that span several. */
  furtherMedia: MediumVerification[];
  /** Bundles by name, on all the media. */
  bundles: BundleVerification[];
  /** Sets in `subscriptions/`, the oldest first. */
  subscriptions: SubscriptionVerification[];
  /** Reports of bundles, and what approvers signed about them. */
  reports: ReportVerification[];
  approvals: ApprovalVerification[];
  /** Names of foreign files beside the bundles, which are never read. */
  strangers: string[];
}

/** Contents of one medium beside its bundles. */
export interface MediumVerification extends MediumTool {
  media: string;
  subscriptions: SubscriptionVerification[];
  reports: ReportVerification[];
  approvals: ApprovalVerification[];
  strangers: string[];
}

export interface BundleVerification {
  name: string;
  baseline: { name: string; digest: string };
  /** Base of a delta, with the objects that it leaves to it; null for a full bundle. */
  base: BundleBase | null;
  extras: Extra[];
  /** RFC 3339. */
  created: string;
  /** Fingerprints of the keys whose signatures are good and count. */
  signers: string[];
  /** Those of the signers that are not trusted here yet: a trusted key handed over to them. */
  newSigners: { fingerprint: string; vouchedBy: string }[];
  /** Parts of the bundle: volumes, or the snapshots of a medium that POM filled. */
  layout: 'volumes' | 'pom';
  volumes: number;
  /** Volumes of a set that are on media which were not verified. */
  absent: string[];
  /** Number of snapshot directories; 0 with volumes. */
  snapshots: number;
  /** Number of objects in the volumes; with layout `pom`, of files in the snapshots. */
  objects: number;
  /** Contents of the baseline that it brings; null where the set is incomplete, or POM filled the medium. */
  contents: BundleContents | null;
  /** Size of the whole bundle. */
  sizeBytes: number;
}
