/** A file in a store's `secrets/`, as those are told of it who are about to remove it. */
export interface StoreSecret {
  /** Absolute. */
  path: string;
  /** What is lost with it. */
  what: string;
}
