/** Reports the progress of work to the user. Workflows call it, and `ui/progress.ts` shows it; it carries no result. */
export interface Progress {
  /** Announces a step: "Verifying Release files". */
  step(text: string): void;
  /** Reports a fact that is worth a line of its own. */
  note(text: string): void;
  /**
   * Reports something that the user must know although the work continues; it also goes into the JSON document's
   * `warnings`.
   */
  warn(text: string): void;
  /** Starts a transfer of known size; the meter shows files, bytes, rate and time left until `done`. */
  meter(text: string, total: { files: number; sizeBytes: number }): Meter;
}

export interface Meter {
  /** Adds bytes, and perhaps whole files, to the meter. */
  add(bytes: number, files?: number): void;
  done(): void;
}

/** What every workflow gets from its command. */
export interface Context {
  progress: Progress;
  /** Aborted on SIGINT and SIGTERM. */
  signal: AbortSignal;
  /**
   * The real clock. Everything that depends on time (signatures, Valid-Until, keys, the host's clock) is judged by it.
   */
  now: () => Date;
  /**
   * The time that is written into files: `SOURCE_DATE_EPOCH` where that is set, else the present. Nothing is judged by
   * it.
   */
  timestamp: () => Date;
}
