/** What `verify` reports: of a medium, and of each bundle on it, all that was found right. */
import type { SubscriptionVerification } from '../../subscription/domain/subscription-verification.ts';
import type { BundleContents } from '../../medium/domain/bundle-objects.ts';
import type { BundleBase } from '../../medium/domain/bundle.ts';
import type { MediumTool } from '../../medium/domain/medium-tool.ts';
import type { Extra } from '../../config/domain/extras.ts';

export interface Verification extends MediumTool {
  media: string;
  /** Other media that were checked with it, for sets that are spread over several. */
  furtherMedia: MediumVerification[];
  /** By name; on all the media. */
  bundles: BundleVerification[];
  /** What is in `subscriptions/`, the oldest first. */
  subscriptions: SubscriptionVerification[];
  /** Names of what other systems left beside the bundles; never read. */
  strangers: string[];
}

/** What lies on one medium beside its bundles. */
export interface MediumVerification extends MediumTool {
  media: string;
  subscriptions: SubscriptionVerification[];
  strangers: string[];
}

export interface BundleVerification {
  name: string;
  baseline: { name: string; digest: string };
  /** What a delta builds on, with the objects that it leaves to it; null for a full bundle. */
  base: BundleBase | null;
  extras: Extra[];
  /** RFC 3339. */
  created: string;
  /** Fingerprints of the keys whose signatures are good and count. */
  signers: string[];
  /** Those of them that are not trusted here yet: a trusted key handed over to them. */
  newSigners: { fingerprint: string; vouchedBy: string }[];
  /** What it is made of: volumes, or the snapshots of a medium that POM filled. */
  layout: 'volumes' | 'pom';
  volumes: number;
  /** Volumes of a set that are on other media than those that were checked. */
  absent: string[];
  /** Number of snapshot directories; 0 with volumes. */
  snapshots: number;
  /** In the volumes; with layout `pom` the files in the snapshots. */
  objects: number;
  /** What of the baseline it brings; null where the set is not whole, or POM filled the medium. */
  contents: BundleContents | null;
  /** Size of the whole bundle. */
  sizeBytes: number;
}
