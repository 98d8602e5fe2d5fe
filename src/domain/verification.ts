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
  volumes: number;
  objects: number;
  /** Of all volumes. */
  sizeBytes: number;
}
