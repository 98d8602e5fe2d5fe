/** Defines the report of a check of `subscriptions/` on a medium. */

/** One set of subscriptions. */
export interface SubscriptionVerification {
  /** Name of its directory. */
  name: string;
  /** RFC 3339. */
  created: string;
  /** Fingerprints of the keys whose signatures are good and count. */
  signers: string[];
  hosts: number;
  infos: number;
  /** Whether each info can be read only by its host. */
  isEncrypted: boolean;
  /** Size of everything that was read. */
  sizeBytes: number;
}
