/** What `verify` reports: of a medium, and of each bundle on it, all that was found right. */
export interface Verification {
  media: string;
  /** By name. */
  bundles: BundleVerification[];
  /** Names of what other systems left beside the bundles; never read. */
  strangers: string[];
}

export interface BundleVerification {
  name: string;
  baseline: { name: string; digest: string };
  /** RFC 3339. */
  created: string;
  /** Fingerprints of the keys whose signatures are good and count. */
  signers: string[];
  /** Those of them that are not trusted here yet: a trusted key handed over to them. */
  newSigners: { fingerprint: string; vouchedBy: string }[];
  /** What it is made of: volumes, or the snapshots of a medium that POM filled. */
  layout: 'volumes' | 'pom';
  volumes: number;
  /** Number of snapshot directories; 0 with volumes. */
  snapshots: number;
  /** In the volumes; with layout `pom` the files in the snapshots. */
  objects: number;
  /** Of all that was read. */
  sizeBytes: number;
}
