/** A file in a store's `secrets/`, as shown to a user who is about to remove it. */
export interface StoreSecret {
  /** Absolute. */
  path: string;
  /** What is lost when the file is removed. */
  what: string;
}
