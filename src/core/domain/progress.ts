/** How work in progress is told to the user. Workflows call it, `ui/progress.ts` shows it; it carries no result. */
export interface Progress {
  /** A step has begun: "Verifying Release files". */
  step(text: string): void;
  /** A fact worth a line of its own. */
  note(text: string): void;
  /** Something the user must know although the work goes on; it is in the JSON document's `warnings` too. */
  warn(text: string): void;
  /** A transfer of known size begins; the meter shows files, bytes, rate and time left until `done`. */
  meter(text: string, total: { files: number; sizeBytes: number }): Meter;
}

export interface Meter {
  /** More bytes have passed, and perhaps whole files. */
  add(bytes: number, files?: number): void;
  done(): void;
}

/** What every workflow gets from its command. */
export interface Context {
  progress: Progress;
  /** Aborted on SIGINT and SIGTERM. */
  signal: AbortSignal;
  /** The real clock. Whatever is judged by time (signatures, Valid-Until, keys, the host's clock) is judged by it. */
  now: () => Date;
  /** The time that goes into files: `SOURCE_DATE_EPOCH` where that is set, else the present. Judges nothing. */
  timestamp: () => Date;
}
